import { localTime } from '../../../../core/local-time.ts';
import type { PathHop, PathTrace } from '../../../watch/path/schema.ts';
import { html, type Markup } from './markup.ts';
import type { ReportMatter } from './matter.ts';
import { familyWords, milliseconds } from './words.ts';

/** Paths to more targets say the same again; they are in the data folder. */
const maxPaths = 2;

interface ComparedPath {
  target: string;
  before: PathTrace | undefined;
  during: PathTrace | undefined;
  after: PathTrace | undefined;
}

/** The way to a target before, during and after, hop beside hop. */
export function pathSection(matter: ReportMatter): Markup | null {
  const { before, during, after } = matter.detail.traces;
  const targets = [...new Set([...during, ...before, ...after].map(({ target }) => target))];
  if (targets.length === 0) return null;
  const of = (traces: readonly PathTrace[], target: string) =>
    traces.filter((trace) => trace.target === target);
  const paths = targets.map((target) => ({
    target,
    before: of(before, target).at(-1),
    during: of(during, target)[0],
    after: of(after, target)[0],
  }));
  const wholeness = ({ before, during, after }: ComparedPath) =>
    [during, during, before, after].filter((trace) => trace !== undefined).length;
  const shown = [...paths].sort((a, b) => wholeness(b) - wholeness(a)).slice(0, maxPaths);
  return html`<h2>The path before, during and after</h2>
${shown.map((path) => pathTable(path, matter))}
<p class="faint">Every hop answers for itself: a router that does not answer in one row, while later rows do, is silent by choice. All paths are in data/hops.csv.</p>`;
}

function pathTable({ target, before, during, after }: ComparedPath, matter: ReportMatter): Markup {
  const traces = [before, during, after];
  const known = traces.find((trace) => trace !== undefined);
  const length = Math.max(...traces.map((trace) => trace?.hops.length ?? 0));
  const name = matter.targets.find(({ id }) => id === target)?.name ?? target;
  const hopAt = (trace: PathTrace | undefined, ttl: number) => trace?.hops.find((hop) => hop.ttl === ttl);
  return html`<h3>To ${name} (${known?.address ?? ''}, ${familyWords[known?.family ?? 'ipv4']})</h3>
<div class="wide"><table>
<thead><tr><th class="number">Hop</th>${['Before', 'During', 'After'].map((when, index) => html`<th>${when}${moment(traces[index], matter)}</th>`)}</tr></thead>
<tbody>
${Array.from({ length }, (_, index) => index + 1).map(
  (ttl) =>
    html`<tr><td class="number">${ttl}</td>${traces.map((trace) => html`<td>${hopMarkup(hopAt(trace, ttl), trace)}</td>`)}</tr>`,
)}
<tr><td></td>${traces.map((trace) => html`<td>${endOf(trace)}</td>`)}</tr>
</tbody></table></div>`;
}

function moment(trace: PathTrace | undefined, { timezone }: ReportMatter): Markup | null {
  return trace === undefined
    ? null
    : html`<br><span class="faint">${localTime(Date.parse(trace.at), timezone, true)}</span>`;
}

function hopMarkup(hop: PathHop | undefined, trace: PathTrace | undefined): Markup | null {
  if (trace === undefined) return null;
  if (hop === undefined) return html`<span class="faint">–</span>`;
  if (hop.addresses.length === 0) return html`<span class="lost">no answer</span>`;
  const owner = hop.network === null ? '' : `AS${hop.network.asn} ${hop.network.owner}`;
  const more = [hop.name ?? '', owner].filter((text) => text !== '').join(', ');
  return html`${hop.addresses.join(' or ')} <span class="faint">${milliseconds(hop.rttMs)}${more === '' ? null : html`<br>${more}`}</span>`;
}

const ends: Readonly<Record<PathTrace['end'], string>> = {
  reached: 'reached',
  unreachable: 'a router said: unreachable',
  silent: 'silence from there on',
  'max-hops': 'more hops than are followed',
  local: 'this box could not send',
};

function endOf(trace: PathTrace | undefined): Markup {
  if (trace === undefined) return html`<span class="faint">not walked</span>`;
  return trace.isReached ? html`reached` : html`<span class="lost">${ends[trace.end]}</span>`;
}
