import { localDay, localTime } from '../../../../core/local-time.ts';
import type { EvidenceNode } from '../../../judge/outage/schema.ts';
import { chartLabel, chartMarkup } from './chart.ts';
import { chartOf } from './chart-data.ts';
import { html, Markup } from './markup.ts';
import type { ReportMatter } from './matter.ts';
import { methodSection, verifySection } from './page-method.ts';
import { pathSection } from './page-path.ts';
import { pageStyle } from './page-style.ts';
import {
  familyWords,
  faultWords,
  milliseconds,
  percent,
  seconds,
  segmentOrder,
  segmentWords,
  symptomWords,
} from './words.ts';

/** The rest is in the tables of the data folder. */
const maxOutages = 12;
const maxCharts = 6;
const maxMoments = 200;

/** The report as one page that needs nothing else: no script, no network, prints on A4 and Letter. */
export function reportPage(matter: ReportMatter): string {
  const { incident } = matter.record;
  const kind = incident.kind === 'outage' ? 'outage' : 'degradation';
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Internet ${kind} at ${matter.site}, ${time(matter, incident.startedAt)}</title>
<style>${new Markup(pageStyle)}</style>
</head>
<body>
<header>
<p class="kind">Internet ${kind} report</p>
<h1>${incident.title}</h1>
${headerFacts(matter)}
${notices(matter)}
</header>
<main>
<p>${incident.text}</p>
${verdictSection(matter)}
${outageSection(matter)}
${timelineSection(matter)}
${answerSection(matter)}
${pathSection(matter)}
${impactSection(matter)}
${notesSection(matter)}
${methodSection(matter)}
${verifySection(matter)}
</main>
<footer>Made by Internet Stability Tracker ${matter.serviceVersion} on ${time(matter, matter.madeAt)}. Device ${matter.device.fingerprint}.</footer>
</body>
</html>
`;
  return page.text;
}

const time = ({ timezone }: ReportMatter, at: string) => localTime(Date.parse(at), timezone, true);

/** Without the day where it is that of the start. */
function endTime({ record, timezone }: ReportMatter, at: string): string {
  const day = (text: string) => localDay(Date.parse(text), timezone);
  return localTime(Date.parse(at), timezone, day(at) !== day(record.incident.startedAt));
}

function headerFacts(matter: ReportMatter): Markup {
  const { incident } = matter.record;
  const end = incident.endedAt === null ? 'still going on' : `to ${endTime(matter, incident.endedAt)}`;
  const zone =
    matter.timezone === 'auto' ? Intl.DateTimeFormat().resolvedOptions().timeZone : matter.timezone;
  const durations = [
    ...(incident.downSeconds > 0 ? [`down ${seconds(incident.downSeconds)}`] : []),
    ...(incident.degradedSeconds > 0 ? [`impaired ${seconds(incident.degradedSeconds)}`] : []),
  ];
  return html`<dl class="facts">
<dt>Site</dt><dd>${matter.record.site}</dd>
<dt>Line</dt><dd>${incident.line}</dd>
<dt>Period</dt><dd>${time(matter, incident.startedAt)} ${end} (local time, ${zone})</dd>
<dt>In total</dt><dd>${durations.length === 0 ? 'less than a second' : durations.join(', ')}</dd>
<dt>Incident</dt><dd>number ${incident.id} of this device</dd>
</dl>`;
}

function notices(matter: ReportMatter): Markup[] {
  const notices: Markup[] = [];
  const note = (text: string) => notices.push(html`<p class="note">${text}</p>`);
  if (matter.isDemo) note('Demonstration: this incident was simulated. It is no evidence of anything.');
  if (matter.link === null)
    note(
      'Preliminary: the incident is still open, has just ended or was put together anew. It is signed, but not in the chain in this form, and may still change.',
    );
  if (!matter.isClockKnown)
    note(
      'The box did not know the time of day when this report was made: times may be shifted, lengths are right.',
    );
  if (matter.isAnonymous)
    note('The last parts of the addresses of the home are masked. The device holds the full record.');
  return notices;
}

function verdictSection({ record: { incident, outages } }: ReportMatter): Markup {
  const worst = outages.find(({ verdict }) => verdict === incident.verdict) ?? outages[0];
  const others = (worst?.candidates ?? []).filter((verdict) => verdict !== incident.verdict);
  return html`<h2>Whose fault</h2>
<div class="verdict">
<p><strong>${faultWords[incident.verdict]}</strong>, ${percent(incident.confidence)} certain.</p>
${(worst?.evidence.because ?? []).length === 0 ? null : html`<ul>${(worst?.evidence.because ?? []).map((text) => html`<li>${text}</li>`)}</ul>`}
${others.length === 0 ? null : html`<p class="faint">Not excluded: ${others.map((verdict) => faultWords[verdict]).join('; ')}.</p>`}
</div>`;
}

function outageSection(matter: ReportMatter): Markup {
  const { outages } = matter.record;
  const shown = outages.slice(0, maxOutages);
  const rest = outages.length - shown.length;
  const charts = shown.slice(0, maxCharts).map((outage) => chartOf(outage, matter));
  return html`<h2>What happened</h2>
${shown.map((outage, index) => {
  const chart = charts[index] ?? null;
  const end = outage.endedAt === null ? 'still going on' : seconds(outage.durationSeconds);
  return html`<h3>${time(matter, outage.startedAt)}: ${symptomWords[outage.symptom]}, ${familyWords[outage.family]}, ${end}</h3>
${outages.length === 1 ? null : html`<p>${outage.text}</p>`}
${chart === null ? null : chartMarkup(chart, matter.timezone, chartLabel(chart, matter.timezone))}`;
})}
${rest === 0 ? null : html`<p class="faint">${rest} more are in data/outages.csv.</p>`}`;
}

function timelineSection(matter: ReportMatter): Markup | null {
  const { timeline, gaps, busy } = matter.record;
  const moments = [
    ...timeline.map(({ at, text }) => ({ at, text })),
    ...gaps.map(({ startedAt, text }) => ({ at: startedAt, text })),
    ...busy.map(({ startedAt, text }) => ({ at: startedAt, text })),
  ];
  const known = new Set<string>();
  const told = moments
    .filter(({ at, text }) => !known.has(`${at} ${text}`) && known.add(`${at} ${text}`))
    .sort((a, b) => a.at.localeCompare(b.at));
  if (told.length === 0) return null;
  return html`<h2>Timeline</h2>
<table><tbody>
${told.slice(0, maxMoments).map(({ at, text }) => html`<tr><td class="when">${time(matter, at)}</td><td>${text}</td></tr>`)}
</tbody></table>
${told.length > maxMoments ? html`<p class="faint">${told.length - maxMoments} more are in data/timeline.csv.</p>` : null}`;
}

function answerSection(matter: ReportMatter): Markup {
  const outages = matter.record.outages.slice(0, maxOutages);
  return html`<h2>What answered and what did not</h2>
${outages.map(
  ({ startedAt, evidence }) => html`${outages.length > 1 ? html`<h3>${time(matter, startedAt)}</h3>` : null}
<div class="wide"><table>
<thead><tr><th>Segment</th><th>Target</th><th>Address</th><th class="number">Sent</th><th class="number">Lost</th><th class="number">Before</th><th class="number">During</th><th class="number">Last answer</th></tr></thead>
<tbody>
${[...evidence.nodes]
  .sort((a, b) => segmentOrder.indexOf(a.segment) - segmentOrder.indexOf(b.segment))
  .map((node) => nodeRow(node, matter))}
</tbody></table></div>
${evidence.facts.length === 0 ? null : html`<dl class="facts">${evidence.facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`}`,
)}
<p class="faint">Sent and lost since it began, and the last answer, when the verdict was last drawn; medians before and during.</p>`;
}

function nodeRow(node: EvidenceNode, { timezone }: ReportMatter): Markup {
  const { segment, name, address, sent, lost, baselineMs, rttMs, lastAnswerAt, isUsed } = node;
  const last = lastAnswerAt === null ? '–' : localTime(Date.parse(lastAnswerAt), timezone);
  const isBad = lost > 0 && isUsed;
  return html`<tr${isUsed ? null : html` class="faint"`}><td>${segmentWords[segment]}</td><td>${name}${
    isUsed ? null : ' (not used: it never answers)'
  }</td><td>${address ?? '–'}</td><td class="number">${sent}</td><td class="number">${
    isBad ? html`<span class="lost">${lost}</span>` : lost
  }</td><td class="number">${milliseconds(baselineMs)}</td><td class="number">${milliseconds(rttMs)}</td><td class="number">${last}</td></tr>`;
}

function impactSection({ record: { impacts } }: ReportMatter): Markup | null {
  if (impacts.length === 0) return null;
  return html`<h2>What would not have worked</h2>
<ul>${impacts.map(({ text, method }) => html`<li>${text} <span class="faint">${method}</span></li>`)}</ul>`;
}

function notesSection(matter: ReportMatter): Markup | null {
  const { notes } = matter.detail;
  if (notes.length === 0) return null;
  return html`<h2>Notes of the household</h2>
<table><tbody>${notes.map(({ at, text }) => html`<tr><td class="when">${time(matter, at)}</td><td>${text}</td></tr>`)}</tbody></table>`;
}
