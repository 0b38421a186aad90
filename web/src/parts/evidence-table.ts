import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { EvidenceNode, Outage } from '../../../appliance/features/judge/outage/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { count, rtt, time } from '../lib/format.ts';
import { marker } from '../lib/icons.ts';
import { stateOf } from '../lib/moment-path.ts';
import { incidentWords } from '../lib/words/incident.ts';
import { words as common } from '../lib/words.ts';

const words = incidentWords.nodes;
const order: readonly EvidenceNode['segment'][] = [
  'lan',
  'gateway',
  'isp',
  'transit',
  'anchor',
  'resolver',
  'custom',
];

/** What answered and what did not: one row for every target of the evidence, along the path. */
@customElement('ist-evidence-table')
export class EvidenceTable extends LitElement {
  static override styles = [
    baseStyles,
    css`
      .scroll { overflow-x: auto; margin: 0 calc(-1 * var(--space-3)); }
      td { font-variant-numeric: tabular-nums; } thead th:nth-child(2), td.state { text-align: left; }
      tbody th small { display: block; font-weight: 400; color: var(--ink-3); font-size: var(--text-12); }
      .state span { display: inline-flex; align-items: center; gap: 6px; font-weight: 600; }
      .up { color: var(--up); } .degraded { color: var(--degraded); } .down { color: var(--down); } .unknown { color: var(--unknown); }
      .unused { opacity: 0.75; }
      dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px var(--space-4); font-size: var(--text-14); margin-top: var(--space-2); }
      dt { color: var(--ink-3); } h3 { font-size: var(--text-14); margin-top: var(--space-4); }
      @media (max-width: 560px) {
        thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        tr { display: grid; grid-template-columns: 1fr 1fr 1fr; padding: var(--space-2) 0; } th, td { padding: 1px var(--space-3); white-space: normal; text-align: left; }
        tbody th { grid-column: 1 / 3; } tbody th small { display: inline; margin-left: 4px; } td.state { text-align: right; } td.last { display: none; }
        td::before { content: attr(data-name) ' '; color: var(--ink-3); font-size: var(--text-12); display: block; } td.state::before { display: none; }
        dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: var(--space-1); }
      }
      @media print { .scroll { overflow: visible; margin: 0; } }
    `,
  ];

  @property({ attribute: false }) outage: Outage | null = null;

  protected override render(): TemplateResult | typeof nothing {
    if (!this.outage) return nothing;
    const { nodes, facts } = this.outage.evidence;
    const sorted = [...nodes].sort(
      (a, b) => a.family.localeCompare(b.family) || order.indexOf(a.segment) - order.indexOf(b.segment),
    );
    return html`${
      sorted.length === 0
        ? html`<p class="muted">${words.none}</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${words.caption}><table><caption class="hidden-text">${words.caption}</caption>
          <thead><tr>${words.columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
          <tbody>${sorted.map((node) => this.#row(node))}</tbody></table></div>`
    }
      ${facts.length > 0 ? html`<h3>${words.facts}</h3><dl>${facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>` : nothing}`;
  }

  #row(node: EvidenceNode): TemplateResult {
    const state = stateOf({ ...node, usualMs: node.baselineMs });
    const [, , lost, took, before, last] = words.columns;
    const family = node.family === 'ipv6' ? ` ${common.family.ipv6}` : '';
    return html`<tr class=${node.isUsed ? '' : 'unused'}>
      <th scope="row">${common.segment[node.segment]}${family} <small>${namesOf(node)}${node.isUsed ? '' : ` (${words.unused})`}</small></th>
      <td class="state"><span class=${state}>${marker(state, 11)}${common.state[state]}</span></td>
      <td data-name=${lost ?? ''}>${words.of(count(node.lost), count(node.sent))}</td>
      <td data-name=${took ?? ''}>${rtt(node.rttMs)}</td>
      <td data-name=${before ?? ''}>${rtt(node.baselineMs)}</td>
      <td class="last" data-name=${last ?? ''}>${node.lastAnswerAt === null ? '—' : html`<time datetime=${node.lastAnswerAt}>${time(Date.parse(node.lastAnswerAt), 'second')}</time>`}</td></tr>`;
  }
}

/** Its name and address, where they say more than the segment already does. */
function namesOf({ name, address, segment }: EvidenceNode): string {
  const own = name === common.segment[segment] ? '' : name;
  return address === null || own.includes(address) ? own : `${own} ${address}`;
}
