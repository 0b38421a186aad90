import type { Drawing, Tone } from '../../../core/feature.ts';
import { localDay, localTime } from '../../../core/local-time.ts';
import type { PathTrace } from '../../watch/path/schema.ts';
import type { Incident, IncidentDetail } from './schema.ts';
import { places } from './words.ts';

/** Moments and names that a terminal shows; --json has them all. */
const maxMoments = 60;

/** One line an incident, newest first. */
export function listLines(incidents: readonly Incident[], draw: Drawing, width: number): string[] {
  const rows = incidents.map((incident) => [
    draw.paint(toneOf(incident), draw.shape(toneOf(incident))),
    String(incident.id),
    localTime(Date.parse(incident.startedAt), 'auto', true),
    incident.verdict === 'unclear' ? 'unclear' : places[incident.verdict],
    `${incident.title}${incident.isAcknowledged ? '' : ' *'}`,
  ]);
  const [heading = '', ...body] = draw.table(
    [
      { title: '' },
      { title: 'No.', align: 'right' },
      { title: 'Began' },
      { title: 'Fault' },
      { title: 'What' },
    ],
    rows,
    width,
  );
  return [draw.paint('faint', heading), ...body];
}

const toneOf = ({ kind }: Incident): 'down' | 'degraded' => (kind === 'outage' ? 'down' : 'degraded');

/** Everything known of one incident, from the sentence to the method. */
export function detailLines(detail: IncidentDetail, draw: Drawing, width: number): string[] {
  const { incident } = detail;
  const tone = toneOf(incident);
  const lines = [
    `${draw.paint(tone, draw.shape(tone))} ${draw.paint('strong', `${incident.id}. ${incident.title}`)}`,
    ...draw.wrap(incident.text, width),
    '',
    draw.paint('faint', factsOf(incident, draw)),
  ];
  section('What happened', momentLines(detail, draw, width));
  section(
    'What would not have worked',
    detail.impacts.flatMap(({ failures, text }) => {
      const state: Tone = failures === 0 ? 'up' : 'down';
      return draw.wrap(`${draw.paint(state, draw.shape(state))} ${text}`, width, '  ');
    }),
  );
  section('The way before, during and after', traceLines(detail, draw, width));
  section(
    'Notes',
    detail.notes.flatMap(({ id, at, text }) =>
      draw.wrap(`${id}: ${text} (${localTime(Date.parse(at), 'auto', true)})`, width, '  '),
    ),
  );
  section(
    'Measured',
    measuredLines(detail).flatMap((line) => draw.wrap(line, width, '  ')),
  );
  return lines;

  function section(title: string, content: readonly string[]): void {
    if (content.length > 0) lines.push('', draw.paint('strong', title), ...content);
  }
}

function factsOf(
  { line, severity, confidence, downSeconds, degradedSeconds, ...incident }: Incident,
  draw: Drawing,
) {
  const facts = [`line ${line}`, severity, `${Math.round(confidence * 100)} % sure of the cause`];
  if (downSeconds > 0) facts.push(`down ${draw.duration(downSeconds * 1000)}`);
  if (degradedSeconds > 0) facts.push(`unwell ${draw.duration(degradedSeconds * 1000)}`);
  facts.push(`records ${incident.outages.join(', ')}`);
  if (incident.tags.length > 0) facts.push(`tags ${incident.tags.join(', ')}`);
  if (incident.isEdited) facts.push('put together by hand');
  return facts.join(', ');
}

function momentLines({ timeline }: IncidentDetail, draw: Drawing, width: number): string[] {
  let day = '';
  const lines = timeline.slice(0, maxMoments).flatMap(({ at, text }) => {
    const today = localDay(Date.parse(at), 'auto');
    const heading = today === day ? [] : [draw.paint('faint', today)];
    day = today;
    return [...heading, ...draw.wrap(`${localTime(Date.parse(at), 'auto')}  ${text}`, width, '          ')];
  });
  const more = timeline.length - maxMoments;
  return more > 0 ? [...lines, `… and ${more} more (--json shows all)`] : lines;
}

function traceLines({ traces }: IncidentDetail, draw: Drawing, width: number): string[] {
  return (['before', 'during', 'after'] as const).flatMap((when) => {
    const ends = Map.groupBy(traces[when], endOf);
    return [...ends].flatMap(([end, alike]) => {
      const targets = [...new Set(alike.map(({ target }) => target))].join(', ');
      return draw.wrap(`${when}: ${targets}: ${end}`, width, '  ');
    });
  });
}

function endOf({ hops, isReached }: PathTrace): string {
  if (isReached) return 'reached';
  const last = hops.findLast(({ addresses }) => addresses.length > 0);
  return last
    ? `not reached, the last to answer was hop ${last.ttl}, ${last.addresses.join(' or ')}`
    : 'no hop answered';
}

function measuredLines({ outages, names, captures, gaps, busy, impacts }: IncidentDetail): string[] {
  const failed = names.filter(({ outcome }) => outcome !== 'answer').length;
  const captured = captures.flatMap(({ series }) => series);
  const exchanges = captured.reduce((sum, { offsetsMs }) => sum + offsetsMs.length, 0);
  return [
    ...outages.map(({ id, evidence }) => `Record ${id} (${evidence.rule}): ${evidence.because.join(' ')}`),
    ...(names.length > 0 ? [`${names.length} names asked, ${failed} without an answer.`] : []),
    ...(exchanges > 0 ? [`${exchanges} exchanges in ${captures.length} captures of the black box.`] : []),
    ...(gaps.length > 0 ? [`${gaps.length} gaps in which nothing was measured.`] : []),
    ...(busy.length > 0 ? [`${busy.length} times traffic filled the line.`] : []),
    ...impacts.slice(0, 1).map(({ method }) => `Calls: ${method}`),
  ];
}
