import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { SpeedTest, SpeedTestList } from '../../../appliance/features/watch/speedtest/schema.ts';
import { access } from '../lib/access.ts';
import { failureOf, getJson, withQuery } from '../lib/api.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { formStyles } from '../lib/form-styles.ts';
import { rtt, sentence } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { Person } from '../lib/person.ts';
import { rate } from '../lib/speed-format.ts';
import { verdictOf } from '../lib/wifi/hops.ts';
import { measureWifi, type WifiPhase, type WifiProgress, type WifiResult } from '../lib/wifi/measure.ts';
import { NotServed } from '../lib/wifi/ndt7.ts';
import { keepRooms, longestName, mostRooms, type RoomResult, readRooms } from '../lib/wifi/rooms.ts';
import { wifiWords as words } from '../lib/words/wifi.ts';
import '../parts/wifi-hops.ts';
import '../parts/wifi-rooms.ts';

const phases: readonly WifiPhase[] = ['idle', 'download', 'upload'];
/** Enough to find the last one that measured something. */
const looked = 20;

/** Which of the two hops is the slower one: this device to the box, or the box to the provider. */
@customElement('ist-wifi-test')
export class WifiTestPage extends LitElement {
  static override styles = [
    baseStyles,
    formStyles,
    css`
      :host { display: grid; gap: var(--space-3); max-width: 640px; padding-bottom: 84px; }
      h1 { display: flex; gap: var(--space-3); align-items: baseline; font-size: var(--text-20); font-weight: 650; line-height: 1.3; text-wrap: balance; padding: var(--space-2) 0; } h1 .marker { flex: none; }
      .now { display: grid; gap: var(--space-3); } ol { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px; font-size: var(--text-12); } ol li { border-top: 4px solid var(--line); padding-top: 4px; color: var(--ink-3); } ol .done { border-color: var(--up); color: var(--ink-2); } ol .doing { border-color: var(--accent); color: var(--ink); font-weight: 600; }
      .value { font-size: var(--text-40); font-weight: 650; line-height: 1.1; letter-spacing: -0.02em; } .value small { font-size: var(--text-16); font-weight: 500; color: var(--ink-2); margin-left: 6px; letter-spacing: 0; }
      .bar { position: fixed; left: 0; right: 0; bottom: 0; padding: var(--space-3); background: var(--ground); z-index: 4; } .bar .button { width: 100%; max-width: 640px; min-height: 56px; justify-content: center; font-size: var(--text-16); }
      .warn { background: var(--degraded-tint); border-radius: var(--radius); padding: var(--space-3); font-size: var(--text-14); } .field { max-width: none; } [slot] { display: grid; gap: var(--space-2); font-size: var(--text-14); } [slot] .button { min-height: var(--touch); white-space: normal; background: var(--surface); }
      @media (min-width: 761px) { :host { padding-bottom: 0; } .bar { position: static; padding: 0; } }
      @media (max-width: 760px) { .bar { bottom: calc(60px + env(safe-area-inset-bottom)); } }
    `,
  ];
  @property({ attribute: false }) query = new URLSearchParams();
  @state() private progress: WifiProgress | null = null;
  @state() private result: WifiResult | null = null;
  @state() private internet: SpeedTest | null = null;
  @state() private rooms: readonly RoomResult[] = readRooms();
  @state() private isKept = true;
  @state() private room = '';
  @state() private failure: string | null = null;
  readonly #person = new Person(this);
  protected readonly watch = new Watch(this, 'status', 'speed', 'connection');
  #abort: AbortController | null = null;
  #leave: () => void = () => undefined;
  #version = -1;

  override connectedCallback(): void {
    super.connectedCallback();
    const changed = () => {
      if (this.#version === appliance.speed.version) return;
      this.#version = appliance.speed.version;
      void this.#loadInternet();
    };
    this.#leave = appliance.on('speed', changed);
    changed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
    this.#abort?.abort();
  }

  async #loadInternet(): Promise<void> {
    try {
      const { speedtests } = await getJson<SpeedTestList>(withQuery('/api/speedtests', { limit: looked }));
      this.internet = speedtests.find((test) => test.outcome === 'ok') ?? null;
    } catch (error) {
      console.info('wifi: the last speed test is not known', error); // this hop is measured without it
    }
  }

  protected override render(): TemplateResult {
    const verdict = verdictOf(this.result, this.internet);
    const text = this.progress
      ? words.title.running[this.progress.phase]
      : this.result
        ? verdict.text
        : words.title.start;
    const look =
      verdict.slower === 'unknown' || this.progress
        ? 'unknown'
        : verdict.slower === 'same'
          ? 'up'
          : 'degraded';
    return html`<h1 aria-live="polite">${marker(look, 16)}<span>${text}</span></h1>
      ${this.failure === null ? nothing : html`<p class="warn" role="alert">${this.failure}</p>`}
      ${this.progress ? this.#now(this.progress) : nothing}
      <section class="card"><ist-wifi-hops .wifi=${this.result} .internet=${this.internet} slower=${this.progress ? 'unknown' : verdict.slower}
        nowMs=${appliance.nowMs()} ?isGuest=${access.door !== 'open'} ?namesLine=${(appliance.status?.lines.length ?? 0) > 1}>${this.#internetSlot()}</ist-wifi-hops></section>
      ${this.#honest()}
      <section class="card"><div class="field"><label for="room">${words.run.room}</label><input id="room" maxlength=${longestName} autocomplete="off" enterkeyhint="done" placeholder=${words.run.placeholder} .value=${this.room}
        @input=${(event: Event) => {
          this.room = (event.currentTarget as HTMLInputElement).value; // the input above
        }} /><span class="hint">${words.run.price}</span></div></section>
      <section class="card"><ist-wifi-rooms .rooms=${this.rooms} nowMs=${Date.now()} @remove=${(event: CustomEvent<number>) => this.#keep(this.rooms.filter((_, index) => index !== event.detail))}
        @clear=${() => this.#keep([])}></ist-wifi-rooms>${this.isKept ? nothing : html`<p class="note">${words.rooms.notKept}</p>`}</section>
      <p class="note">${words.honest.method}</p>
      <div class="bar">${this.#button()}</div>`;
  }

  #now({ phase, mbps, rttMs }: WifiProgress): TemplateResult {
    const current = phases.indexOf(phase);
    const [number, unit] = (phase === 'idle' ? rtt(rttMs) : rate(mbps)).split('\u00a0');
    return html`<section class="card now"><ol aria-label=${words.run.stepsLabel}>${phases.map(
      (one, index) =>
        html`<li class=${index < current ? 'done' : index === current ? 'doing' : ''} aria-current=${index === current ? 'step' : nothing}>${words.run.steps[one]}</li>`,
    )}</ol><p class="value">${number}${unit ? html`<small>${unit}</small>` : nothing}</p>${phase === 'idle' ? nothing : html`<p class="note">${words.hops.loaded}: ${rtt(rttMs)}</p>`}</section>`;
  }

  #internetSlot(): TemplateResult | typeof nothing {
    const { run } = appliance.speed;
    if (access.door !== 'open')
      return html`<div slot="internet"><button type="button" class="button" @click=${() => access.ask(true)}>${words.hops.signIn}</button></div>`;
    if (run) return html`<div slot="internet" role="status">${words.hops.running}</div>`;
    if (!this.#person.may('run') || this.progress) return nothing;
    return html`<div slot="internet"><a class="button" href="/speed">${icon('speed', 16)}${this.internet ? words.hops.again : words.hops.start}</a></div>`;
  }

  #honest(): TemplateResult | typeof nothing {
    const wireless = appliance.status?.lines.find((line) => /^wl/.test(line.interface ?? ''))?.interface;
    const notes = [
      ...(this.result?.isStrained ? [words.honest.strained] : []),
      ...(this.result?.isEncrypted ? [words.honest.encrypted] : []),
      ...(wireless ? [words.honest.wireless(wireless)] : []),
    ];
    return notes.length === 0
      ? nothing
      : html`<section class="card">${notes.map((note) => html`<p class="note">${note}</p>`)}</section>`;
  }

  #button(): TemplateResult {
    if (this.progress)
      return html`<button type="button" class="button" @click=${() => this.#abort?.abort()}>${icon('stop', 16)}${words.run.cancel}</button>`;
    const isStale = appliance.connection.kind === 'stale';
    return html`<button type="button" class="button primary" ?disabled=${isStale} @click=${() => void this.#measure()}>${
      isStale ? words.run.stale : this.result ? words.run.again : words.run.start
    }</button>`;
  }

  async #measure(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.failure = null;
    try {
      const result = await measureWifi(location.origin, abort.signal, (progress) => {
        this.progress = progress;
      });
      this.result = result;
      this.#keep(
        [{ ...result, room: this.room.trim() || words.rooms.unnamed }, ...this.rooms].slice(0, mostRooms),
      );
    } catch (error) {
      if (!abort.signal.aborted)
        this.failure = error instanceof NotServed ? await whyNotServed() : textOf(error);
    }
    this.progress = null;
  }

  #keep(rooms: readonly RoomResult[]): void {
    this.rooms = rooms;
    this.isKept = keepRooms(rooms);
  }
}

/** A WebSocket that is refused gives no reason; the same asked without one does. */
async function whyNotServed(): Promise<string> {
  try {
    const response = await fetch('/down?bytes=1', { cache: 'no-store' });
    const failure = response.ok ? null : await failureOf(response);
    return failure && failure.code !== ''
      ? words.failure.refused(sentence(failure.message))
      : words.failure.notServed;
  } catch {
    return words.failure.notServed;
  }
}

function textOf(error: unknown): string {
  return words.failure.unknown(error instanceof Error ? error.message : String(error));
}
