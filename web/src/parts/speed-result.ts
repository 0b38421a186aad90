import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { bytes, count, moment, rtt, time } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { addedMs, failureOf, rate, rpmWord } from '../lib/speed-format.ts';
import { type FigureName, figuresOf } from '../lib/speed-method.ts';
import { speedWords } from '../lib/words/speed.ts';
import { methodWords } from '../lib/words/speed-method.ts';
import './grade-mark.ts';
import './speed-method.ts';
import type { SpeedMethod } from './speed-method.ts';

const words = speedWords.result;

/** One test: what it found, what to make of it, and how every figure came about. */
@customElement('ist-speed-result')
export class SpeedResult extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-3); }
      .head { display: flex; flex-wrap: wrap; gap: 2px var(--space-4); justify-content: space-between; align-items: baseline; }
      .figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: var(--space-2); } .figures li { display: grid; }
      .figure { border: 0; background: var(--inset); border-radius: var(--radius); padding: var(--space-3); text-align: left; display: grid; grid-template-columns: 1fr auto; gap: 2px var(--space-2); cursor: pointer; align-content: start; min-height: var(--touch); }
      .figure:hover { background: var(--accent-tint); } .figure .icon { color: var(--ink-3); } .figure:hover .icon { color: var(--accent); }
      .name { font-size: var(--text-12); color: var(--ink-2); } .value { grid-column: 1 / -1; font-size: var(--text-20); font-weight: 600; line-height: 1.25; }
      .wide { grid-column: span 2; } .wide .value { font-size: var(--text-40); letter-spacing: -0.02em; line-height: 1.1; } .wide small { font-size: var(--text-16); font-weight: 500; color: var(--ink-2); margin-left: 6px; letter-spacing: 0; }
      .beside { grid-column: 1 / -1; font-size: var(--text-12); color: var(--ink-2); }
      .failure { background: var(--down-tint); border-radius: var(--radius); padding: var(--space-3) var(--space-4); font-size: var(--text-14); display: flex; gap: var(--space-3); align-items: baseline; } .failure.skip { background: var(--inset); }
      .failure .marker { flex: none; transform: translateY(1px); } .failure p + p { margin-top: 4px; color: var(--ink-2); } .server { font-size: var(--text-12); color: var(--ink-2); }
      .flags { display: grid; gap: 4px; font-size: var(--text-14); } .flags li { display: flex; gap: var(--space-2); align-items: baseline; } .flags .marker { flex: none; transform: translateY(1px); }
      summary { cursor: pointer; font-size: var(--text-14); color: var(--accent); min-height: 32px; display: flex; align-items: center; width: max-content; }
      details td:last-child, details th:last-child { text-align: right; } .scroll { overflow-x: auto; } .how { border: 0; background: none; padding: 0; color: var(--accent); cursor: pointer; font-size: var(--text-14); text-align: left; min-height: 28px; white-space: normal; }
      @media (pointer: coarse) { summary, .how { min-height: var(--touch); } }
      @media (max-width: 900px) { .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); } .wide { grid-column: span 1; } .wide .value { font-size: var(--text-28); } .wide small { font-size: var(--text-14); margin-left: 4px; } }
      @media (max-width: 360px) { .wide { grid-column: 1 / -1; } }
    `,
  ];
  @property({ attribute: false }) test: SpeedTest | null = null;
  @property({ type: Boolean }) isLatest = true;
  @property({ type: Boolean }) namesLine = false;
  @property({ type: Number }) nowMs = 0;
  @query('ist-speed-method') private method!: SpeedMethod;

  protected override render(): TemplateResult | typeof nothing {
    const { test } = this;
    if (!test) return nothing;
    const atMs = Date.parse(test.at);
    const when = html`<time datetime=${test.at} title=${time(atMs, 'full')}>${moment(atMs, this.nowMs)}</time>`;
    const kind = test.details ? ` · ${speedWords.kind[test.details.kind]}` : '';
    return html`<div class="head"><h2>${this.isLatest ? words.latest : words.of(moment(atMs, this.nowMs))}</h2>
        <p class="note">${when} · ${speedWords.with(speedWords.engine[test.engine], test.server)}${this.namesLine ? ` · ${test.line}` : ''}${kind}</p></div>
      ${test.outcome === 'ok' ? this.#figures(test) : this.#failure(test)}
      ${this.#flags(test)}${this.#all(test)}
      <ist-speed-method .test=${test}></ist-speed-method>`;
  }

  #figures(test: SpeedTest): TemplateResult {
    const { details } = test;
    const estimate = (error: number | null | undefined) =>
      error === null || error === undefined ? nothing : words.estimate(rate(error));
    return html`<ul class="figures">
      ${this.#figure('download', speedWords.down, bigRate(test.downloadMbps), estimate(details?.down?.capacityErrorMbps), true)}
      ${this.#figure('upload', speedWords.up, bigRate(test.uploadMbps), estimate(details?.up?.capacityErrorMbps), true)}
      ${this.#figure('idle', words.idle, rtt(test.idleMs))}
      ${this.#figure('loadedDown', words.loadedDown, rtt(test.loadedDownMs), this.#loaded(test, 'down'))}
      ${this.#figure('loadedUp', words.loadedUp, rtt(test.loadedUpMs), this.#loaded(test, 'up'))}
      ${test.grade === null ? nothing : this.#figure('grade', words.grade, html`<ist-grade .grade=${test.grade}></ist-grade>`, worse(test))}
      ${test.rpm === null ? nothing : this.#figure('rpm', words.rpm, words.rpmUnit(count(test.rpm)), this.#confidence(test, test.rpm))}
      ${this.#figure('bytes', words.bytes, bytes(test.bytes))}</ul>`;
  }

  #figure(
    name: FigureName,
    label: string,
    value: unknown,
    beside: unknown = nothing,
    isWide = false,
  ): TemplateResult {
    return html`<li class=${isWide ? 'wide' : ''}><button type="button" class="figure" aria-haspopup="dialog" title=${methodWords.open(label)} @click=${() => this.method.show(name)}>
      <span class="name">${label}</span>${icon('about', 16)}<span class="value">${value}</span>${beside === nothing ? nothing : html`<span class="beside">${beside}</span>`}</button></li>`;
  }

  #loaded(test: SpeedTest, way: 'down' | 'up'): unknown {
    const loaded = way === 'down' ? test.loadedDownMs : test.loadedUpMs;
    const added = test.details?.[way]?.addedMs ?? addedMs(loaded, test.idleMs);
    if (loaded === null) return words.notMeasured;
    if (added === null) return nothing;
    const grade = test.details?.[way]?.grade ?? null;
    const text = added < 1 ? words.notAdded : words.added(rtt(added));
    return html`${text}${grade === null ? nothing : html` · <ist-grade .grade=${grade} short></ist-grade>`}`;
  }

  #confidence(test: SpeedTest, rpm: number): string {
    const word = words.rpmWord[rpmWord(rpm)];
    const confidence = test.details?.responsiveness?.confidence;
    return confidence ? `${word}, ${words.confidence[confidence]}` : word;
  }

  #failure(test: SpeedTest): TemplateResult {
    const isFailed = test.outcome === 'failed';
    const { details } = test;
    const busy = test.outcome === 'busy' ? details?.busy : null;
    const passedOver = details?.passedOver ?? [];
    return html`<div class="failure ${isFailed ? '' : 'skip'}">${marker(isFailed ? 'down' : 'unknown', 13)}<div>
      <p><b>${speedWords.outcome[test.outcome]}.</b> ${failureOf(test)}</p>
      ${details?.failure ? html`<p class="server">${details.failure.message}</p>` : nothing}
      ${busy ? html`<p>${words.busy(rate(busy.downMbps), rate(busy.upMbps), rate(busy.limitMbps))}</p>` : nothing}
      ${passedOver.length === 0 ? nothing : html`<p>${words.before} ${passedOver.map((one) => `${speedWords.with(speedWords.engine[one.engine], one.server)}: ${speedWords.failure[one.failure.reason]}`).join(' ')}</p>`}
      ${isFailed ? html`<p class="note">${words.noValue}</p>` : nothing}</div></div>`;
  }

  #flags({ flags }: SpeedTest): TemplateResult | typeof nothing {
    if (flags.length === 0) return nothing;
    return html`<ul class="flags">${flags.map((flag) => html`<li>${marker('degraded', 11)}<span>${speedWords.flag[flag]}</span></li>`)}</ul>`;
  }

  #all(test: SpeedTest): TemplateResult | typeof nothing {
    const figures = test.outcome === 'ok' && test.details ? figuresOf(test) : [];
    if (figures.length === 0) return nothing;
    return html`<details><summary>${words.figures}</summary><div class="scroll"><table><caption class="hidden-text">${words.figures}</caption>
      <tbody>${figures.map(
        ({ name, value }) =>
          html`<tr><th scope="row"><button type="button" class="how" aria-haspopup="dialog" @click=${() => this.method.show(name)}>${methodWords.names[name]}</button></th><td>${value}</td></tr>`,
      )}</tbody></table></div></details>`;
  }
}

/** The number large, its unit beside it. */
function bigRate(mbps: number | null): unknown {
  if (mbps === null) return words.notMeasured;
  const [number, unit] = rate(mbps).split('\u00a0');
  return html`${number}<small>${unit}</small>`;
}

/** Which direction gave the grade. */
function worse({ details }: SpeedTest): unknown {
  const down = details?.down?.addedMs ?? null;
  const up = details?.up?.addedMs ?? null;
  if (down === null || up === null) return nothing;
  if (details?.down?.grade === details?.up?.grade) return words.both;
  return words.worse(down > up ? speedWords.ways.down : speedWords.ways.up);
}
