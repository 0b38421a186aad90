import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SpeedPhase } from '../../../appliance/features/watch/speedtest/schema.ts';
import '../charts/speed-live-chart.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { bytes, rtt } from '../lib/format.ts';
import { icon } from '../lib/icons.ts';
import { rate } from '../lib/speed-format.ts';
import type { SpeedRun } from '../lib/speed-run.ts';
import { speedWords } from '../lib/words/speed.ts';

const words = speedWords.live;
type Step = keyof typeof speedWords.steps;
const steps: readonly Step[] = ['ready', 'idle', 'download', 'upload', 'recovery'];
/** What people see of the phases: five steps in this order. */
const stepOf: Record<SpeedPhase, Step> = {
  waiting: 'ready',
  preflight: 'ready',
  server: 'ready',
  idle: 'idle',
  download: 'download',
  drain: 'download',
  upload: 'upload',
  both: 'upload',
  recovery: 'recovery',
  done: 'recovery',
};

/** A test under way: which step, how fast now, the delay now against the delay at rest. */
@customElement('ist-speed-live')
export class SpeedLive extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-4); }
      ol { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 4px; font-size: var(--text-12); }
      li { border-top: 4px solid var(--line); padding-top: 4px; color: var(--ink-3); display: flex; gap: 4px; align-items: center; min-width: 0; }
      li.done { border-color: var(--up); color: var(--ink-2); } li.now { border-color: var(--accent); color: var(--ink); font-weight: 600; }
      li .icon { flex: none; color: var(--up); }
      dl { display: grid; grid-template-columns: 1.4fr 1fr 1fr 1fr; gap: var(--space-3); }
      dt { font-size: var(--text-12); color: var(--ink-3); } dd { font-size: var(--text-20); font-weight: 600; line-height: 1.2; white-space: nowrap; }
      .rate dd { font-size: var(--text-40); line-height: 1.1; letter-spacing: -0.02em; } .rate small { font-size: var(--text-16); font-weight: 500; color: var(--ink-2); margin-left: 6px; }
      .keys { display: flex; flex-wrap: wrap; gap: 2px var(--space-4); } .keys span { display: inline-flex; gap: 6px; align-items: center; }
      .keys i { width: 14px; height: 3px; border-radius: 2px; background: var(--own); } .idle i { background: none; border-top: 2px dashed var(--ink-3); }
      .way-down { --own: var(--series-internet); } .way-up { --own: var(--series-provider); } .delay { --own: var(--series-names); }
      @media (max-width: 560px) { li .icon { display: none; } dl { grid-template-columns: 1fr 1fr 1fr; } .rate { grid-column: 1 / -1; } dd { font-size: var(--text-16); } }
    `,
  ];
  @property({ attribute: false }) run!: SpeedRun; // set by whoever makes this
  /** A new value redraws. */
  @property({ type: Number }) moments = 0;

  protected override render(): TemplateResult {
    const { progress, idleMs } = this.run;
    const { phase, downMbps, upMbps } = progress;
    const way = upMbps !== null && downMbps === null ? speedWords.up : speedWords.down;
    const value = rate(downMbps ?? upMbps);
    const [number, unit] = value.split('\u00a0');
    const current = steps.indexOf(stepOf[phase]);
    return html`
      <p class="hidden-text" role="status">${words.status(speedWords.phase[phase])}</p>
      <ol aria-label=${words.phases}>${steps.map((step, index) => this.#step(step, Math.sign(index - current)))}</ol>
      <dl>
        <div class="rate"><dt>${downMbps === null && upMbps === null ? speedWords.phase[phase] : way}</dt><dd>${number}${unit ? html`<small>${unit}</small>` : nothing}</dd></div>
        <div><dt>${words.idle}</dt><dd>${idleMs === null ? '—' : rtt(idleMs)}</dd></div>
        <div><dt>${words.loaded}</dt><dd>${rtt(progress.rttMs)}</dd></div>
        <div><dt>${words.taken}</dt><dd>${bytes(progress.bytes)}</dd></div>
      </dl>
      <ist-speed-live-chart .run=${this.run} moments=${this.moments}></ist-speed-live-chart>
      <p class="note keys"><span class="way-down"><i></i>${speedWords.down}</span><span class="way-up"><i></i>${speedWords.up}</span>
        <span class="delay"><i></i>${words.delay}</span><span class="idle"><i></i>${words.idle}</span>
        <span>${words.by(speedWords.engine[progress.engine], progress.server ?? progress.line)}</span></p>`;
  }

  #step(step: Step, place: number): TemplateResult {
    const state = place < 0 ? 'done' : place === 0 ? 'now' : '';
    return html`<li class=${state} aria-current=${place === 0 ? 'step' : nothing}>${place < 0 ? icon('check', 14) : nothing}<span>${speedWords.steps[step]}</span></li>`;
  }
}
