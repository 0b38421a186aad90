import { setImmediate as turn } from 'node:timers/promises';
import { toIso } from '../../../../core/clock.ts';
import { statisticColumns } from '../../../../core/storing.ts';
import type { PathTrace } from '../../../watch/path/schema.ts';
import { type Cell, csvCell, csvOf } from './csv.ts';
import type { ReportMatter } from './matter.ts';

export interface NamedText {
  name: string;
  text: string;
}

/** The data behind a report: JSON as it was recorded, and the same as tables for people. */
export async function dataFiles(matter: ReportMatter): Promise<NamedText[]> {
  const { record, recordText, attachments } = matter;
  const files: NamedText[] = [{ name: 'data/incident.json', text: recordText }];
  for (const { name, text, laterText } of attachments) {
    files.push({ name, text });
    if (laterText !== null) files.push({ name: laterName(name), text: laterText });
  }
  for (const [name, table] of Object.entries(tables)) files.push({ name, text: table(matter) });
  const { timeline } = record;
  const moments = csvOf({ at: ({ at }) => at, kind: ({ kind }) => kind, text: ({ text }) => text }, timeline);
  files.push({ name: 'data/timeline.csv', text: moments });
  files.push({ name: 'data/points.csv', text: await pointTable(matter) });
  files.push({ name: 'data/exchanges.csv', text: await exchangeTable(matter) });
  return files;
}

/** Where what came after the record stands, which no link speaks of. */
export const laterName = (name: string) => name.replace('.json', '.later.json');

const tables: Readonly<Record<string, (matter: ReportMatter) => string>> = {
  'data/outages.csv': ({ record }) =>
    csvOf(
      {
        id: (outage) => outage.id,
        line: (outage) => outage.line,
        family: (outage) => outage.family,
        kind: (outage) => outage.kind,
        symptom: (outage) => outage.symptom,
        verdict: (outage) => outage.verdict,
        confidence: (outage) => outage.confidence,
        startedAt: (outage) => outage.startedAt,
        endedAt: (outage) => outage.endedAt,
        seconds: (outage) => outage.durationSeconds,
        rule: (outage) => outage.evidence.rule,
        text: (outage) => outage.text,
      },
      record.outages,
    ),
  'data/evidence.csv': ({ record }) =>
    csvOf(
      {
        outage: (node) => node.outage,
        target: (node) => node.target,
        name: (node) => node.name,
        address: (node) => node.address,
        segment: (node) => node.segment,
        family: (node) => node.family,
        sent: (node) => node.sent,
        lost: (node) => node.lost,
        rttMs: (node) => node.rttMs,
        baselineMs: (node) => node.baselineMs,
        lastAnswerAt: (node) => node.lastAnswerAt,
        isUsed: (node) => node.isUsed,
      },
      record.outages.flatMap(({ id, evidence }) => evidence.nodes.map((node) => ({ ...node, outage: id }))),
    ),
  'data/hops.csv': ({ detail: { traces } }) => {
    const hopsOf = (when: string, found: readonly PathTrace[]) =>
      found.flatMap((trace) => trace.hops.map((hop) => ({ when, trace, hop })));
    return csvOf(
      {
        when: ({ when }) => when,
        at: ({ trace }) => trace.at,
        target: ({ trace }) => trace.target,
        family: ({ trace }) => trace.family,
        end: ({ trace }) => trace.end,
        ttl: ({ hop }) => hop.ttl,
        addresses: ({ hop }) => hop.addresses.join(' '),
        name: ({ hop }) => hop.name,
        segment: ({ hop }) => hop.segment,
        sent: ({ hop }) => hop.sent,
        lost: ({ hop }) => hop.lost,
        rttMs: ({ hop }) => hop.rttMs,
        network: ({ hop }) => (hop.network === null ? null : `AS${hop.network.asn} ${hop.network.owner}`),
      },
      [
        ...hopsOf('before', traces.before),
        ...hopsOf('during', traces.during),
        ...hopsOf('after', traces.after),
      ],
    );
  },
  'data/names.csv': ({ detail }) =>
    csvOf(
      {
        at: (answer) => answer.at,
        server: (answer) => answer.server,
        role: (answer) => answer.role,
        name: (answer) => answer.name,
        type: (answer) => answer.type,
        outcome: (answer) => answer.outcome,
        rttMs: (answer) => answer.rttMs,
        answers: (answer) => answer.answers.join(' '),
        reason: (answer) => answer.reason,
      },
      detail.names,
    ),
};

const rowNumbers = statisticColumns.length + 1;
const columnOf = (name: (typeof statisticColumns)[number]) => 1 + statisticColumns.indexOf(name);
const countAt = columnOf('count');
const lostAt = columnOf('lost');
const timesAt = [columnOf('minUs'), columnOf('p50Us'), columnOf('p95Us'), columnOf('maxUs')];

/** One line a target and step. Long tables are written with pauses, in which the service goes on. */
async function pointTable({ points }: ReportMatter): Promise<string> {
  const lines = ['at,stepSeconds,target,count,lost,minMs,medianMs,p95Ms,maxMs\n'];
  for (const { target, stepMs, rows } of points) {
    const cells: Cell[][] = [];
    for (let from = 0; from < rows.length; from += rowNumbers) {
      const at = (index: number) => rows[from + index] ?? Number.NaN;
      const times = timesAt.map((index) => millisecondsOf(at(index)));
      cells.push([toIso(at(0)), stepMs / 1000, target, at(countAt), at(lostAt), ...times]);
    }
    lines.push(linesOf(cells));
    await turn();
  }
  return lines.join('');
}

async function exchangeTable({ detail }: ReportMatter): Promise<string> {
  const lines = ['capture,at,target,outcome,rttMs\n'];
  for (const { key, startedAt, series } of detail.captures) {
    const startedMs = Date.parse(startedAt);
    for (const { target, offsetsMs, rttMs } of series) {
      const rows = offsetsMs.map((offsetMs, index): Cell[] => {
        const rtt = rttMs[index] ?? null;
        return [key, toIso(startedMs + offsetMs), target, rtt === null ? 'lost' : 'ok', rtt];
      });
      lines.push(linesOf(rows));
      await turn();
    }
  }
  return lines.join('');
}

const linesOf = (rows: readonly Cell[][]) => rows.map((row) => `${row.map(csvCell).join(',')}\n`).join('');
const millisecondsOf = (us: number) => (Number.isNaN(us) ? null : Math.round(us) / 1000);
