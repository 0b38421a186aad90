import { laterName } from './data-files.ts';
import { html, type Markup } from './markup.ts';
import type { ReportMatter } from './matter.ts';
import { methodWords, segmentOrder, segmentWords } from './words.ts';

/** How it was measured, and what that cannot show. */
export function methodSection(matter: ReportMatter): Markup {
  const { record, detail, points } = matter;
  const rules = [...new Set(record.outages.map(({ evidence }) => evidence.rule))];
  const exchanges = detail.captures
    .flatMap(({ series }) => series)
    .reduce((sum, { offsetsMs }) => sum + offsetsMs.length, 0);
  const stepMs = points[0]?.stepMs;
  return html`<h2>Method and limits</h2>
<p>A box inside the home sends one small packet after the other to its router, to the first router of the provider, to routers beyond it and to well-known hosts of the Internet, and writes down each answer and each that did not come. At the first sign of trouble it asks up to twenty times a second. Where the path broke follows from who still answered: everything beyond that place is silent at the same time.</p>
<ul>
${methodLines(matter).map((text) => html`<li>${text}</li>`)}
<li>Rule of the verdict: <code>${rules.join(', ')}</code>. What it was drawn from is in data/incident.json, so that it can be drawn again.</li>
${exchanges === 0 ? null : html`<li>${exchanges} single exchanges around the event are in data/captures.json and data/exchanges.csv.</li>`}
${stepMs === undefined ? null : html`<li>data/points.csv holds what each target gave in steps of ${stepMs / 1000} s around each outage.</li>`}
${matter.attachments.map(
  ({ name, gone, laterText }) =>
    html`${
      gone === 0
        ? null
        : html`<li>${gone} of what was recorded when the incident was entered into the chain are not in ${name}: no longer kept, or more than one report holds.</li>`
    }${laterText === null ? null : html`<li>${laterName(name)} holds what came after the incident was entered into the chain.</li>`}`,
)}
</ul>
<p>Limits: one place measures, so a fault that begins and ends beyond the provider is seen only from here. Routers may answer measurements later or less often than they forward packets; a router that does not answer even when all is well is never used. While the box itself has no power or is stopped nothing is known, and that time counts neither as up nor as down. Times are as good as the clock of the box, which is set over the network; lengths do not depend on it.</p>`;
}

function methodLines({ targets }: ReportMatter): string[] {
  return segmentOrder.flatMap((segment) => {
    const members = targets.filter((target) => target.segment === segment);
    if (members.length === 0) return [];
    const ways = members.map(
      ({ method, intervalMs }) => `${methodWords[method] ?? method} every ${intervalMs / 1000} s`,
    );
    const names = members.map(({ name, address, host }) => `${name} (${address ?? host})`);
    return [`${segmentWords[segment]}: ${names.join(', ')}; ${[...new Set(ways)].join('; ')}.`];
  });
}

/** How to check it without trusting whoever handed it over. */
export function verifySection({ device, link, record }: ReportMatter): Markup {
  const zip = `ist-incident-${record.incident.id}.zip`;
  const isChained = link !== null;
  return html`<h2>How to verify this report</h2>
<p>This page comes in an archive with the data behind it, a signed list of all files, and a part of the chain: a record in which every entry holds the fingerprint of the one before, so that nothing can be changed, left out or put in later without breaking it. The archive is signed by the device with the key</p>
<p><code>${device.fingerprint}</code></p>
<p>${isChained ? html`This incident is entry ${link.seq} of the chain, made ${link.at}, with the fingerprint <code>${link.hash}</code>.` : 'This incident is not in the chain yet.'}</p>
<ul>
<li>Open <code>verify.html</code> of the archive in a browser, also without a network, and drop the archive on it. Take it from an archive you trust, or from the project.</li>
<li>Or with the program: <code>ist verify ${zip} --key ${device.fingerprint}</code></li>
<li>Or by hand, in the unpacked folder: the signature, then the files against the list, then the key against the one above.</li>
</ul>
<pre>openssl pkeyutl -verify -pubin -inkey device-key.pem -rawin -in manifest.json -sigfile manifest.sig
sha256sum report.html chain.json data/*
openssl pkey -pubin -in device-key.pem -outform DER | tail -c 32 | sha256sum | cut -c 1-32</pre>
<p>What this proves: the files are as this device signed them, and the incident is as it was when it was entered. What it cannot prove by itself: that the device was set up honestly. An entry that somebody else has seen before (an earlier report, a copy of the chain) can no longer be exchanged by anyone, its owner included.</p>`;
}
