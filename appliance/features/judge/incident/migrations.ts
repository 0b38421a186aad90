import type { Migration } from '../../../core/storing.ts';

export const incidentMigrations: readonly Migration[] = [
  {
    database: 'state',
    id: 'incident-001-incidents',
    // What stands in columns is what is asked for; words and causes are made from `facts` at each reading. A number is
    // never given twice, because links and messages name it; one that was merged leads on to where its outages are.
    sql: `create table incidents (
      id integer primary key autoincrement,
      line text not null,
      verdict text not null,
      started_ms integer not null,
      ended_ms integer,
      tags text not null default '[]',
      is_acknowledged integer not null default 0,
      is_edited integer not null default 0,
      settled_ms integer,
      merged_into integer
    ) strict;
    create index incidents_by_start on incidents (started_ms);
    create index incidents_to_settle on incidents (id) where settled_ms is null and merged_into is null;
    create table incident_outages (
      outage integer primary key,
      incident integer not null references incidents on delete cascade,
      line text not null,
      started_ms integer not null,
      ended_ms integer,
      facts text not null
    ) strict;
    create index incident_outages_by_incident on incident_outages (incident);
    create index incident_outages_by_start on incident_outages (line, started_ms);
    create table incident_notes (
      id integer primary key,
      incident integer not null references incidents on delete cascade,
      at_ms integer not null,
      text text not null
    ) strict;
    create index incident_notes_by_incident on incident_notes (incident);`,
  },
  {
    database: 'state',
    id: 'incident-002-snapshots',
    sql: `create table incident_snapshots (
      id text primary key,
      made_ms integer not null,
      incident integer not null,
      title text not null,
      bytes integer not null,
      body blob not null
    ) strict, without rowid;`,
  },
];
