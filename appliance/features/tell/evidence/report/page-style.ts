/** For A4 and Letter alike: no width in millimetres, margins that both have room for. */
export const pageStyle = `
:root { color-scheme: light; --ink: #12201f; --faint: #54635f; --line: #cfd8d6; --bad: #c8321a; --dot: #1c4fb8;
  --shade: #fce6e1; --note: #fbeed6; --ground: #f2f5f4 }
@page { margin: 16mm 15mm }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem; background: #fff; color: var(--ink);
  font: 15px/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums }
header { border-bottom: 2px solid var(--ink); padding-bottom: .75rem; margin-bottom: 1rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; text-wrap: balance }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; break-after: avoid }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; break-after: avoid }
p { margin: .4rem 0 }
.kind { text-transform: uppercase; letter-spacing: .06em; font-size: .75rem; color: var(--faint); margin: 0 0 .25rem }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 }
.facts dt { color: var(--faint) }
.facts dd { margin: 0; overflow-wrap: anywhere }
.note { background: var(--note); padding: .6rem .8rem; border-radius: 6px; margin: .75rem 0 }
.verdict { background: var(--ground); padding: .8rem 1rem; border-radius: 6px; break-inside: avoid }
.verdict strong { font-size: 1.15rem }
ul { margin: .4rem 0; padding-left: 1.2rem }
table { width: 100%; border-collapse: collapse; font-size: .82rem; margin: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word }
.wide { overflow-x: auto }
.wide > * { min-width: 36rem }
th { color: var(--faint); font-weight: 600 }
tr { break-inside: avoid }
thead { display: table-header-group }
.number { text-align: right; white-space: nowrap }
.when { white-space: nowrap; width: 1%; padding-right: 1.2rem }
.lost { color: var(--bad); font-weight: 600 }
.faint { color: var(--faint) }
figure { margin: .75rem 0; break-inside: avoid }
figcaption { font-size: .78rem; color: var(--faint) }
svg { width: 100%; height: auto; display: block }
svg text { font-size: 11px; fill: var(--ink) }
svg .sub, svg .time, svg .scale { font-size: 9.5px; fill: var(--faint) }
svg .time { text-anchor: middle }
svg .scale { text-anchor: end }
svg .shade { fill: var(--shade) }
svg .base, svg .tick { stroke: var(--line); fill: none }
svg .tick { stroke-dasharray: 1 3 }
svg .dots { stroke: var(--dot); stroke-width: 1.7; stroke-linecap: round; fill: none }
svg .lost { stroke: var(--bad); stroke-width: 1.25; fill: none }
code, pre { font: .82rem/1.5 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; overflow-wrap: anywhere }
pre { background: var(--ground); padding: .6rem .8rem; border-radius: 6px; white-space: pre-wrap; break-inside: avoid }
footer { margin-top: 2rem; padding-top: .5rem; border-top: 1px solid var(--line); font-size: .78rem; color: var(--faint) }
@media print {
  body { padding: 0; max-width: none; font-size: 10.5pt }
  .wide { overflow: visible }
  .wide > * { min-width: 0 }
  .note, .verdict, pre, svg .shade { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  a { color: inherit; text-decoration: none }
}
`;
