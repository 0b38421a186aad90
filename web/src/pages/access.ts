import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { SessionInfo } from '../../../appliance/features/keep/access/schema.ts';
import { access } from '../lib/access.ts';
import { AccessDesk, type Part } from '../lib/access-desk.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { PushDesk } from '../lib/push-desk.ts';
import { peopleWords as words } from '../lib/words/people.ts';
import { pushWords } from '../lib/words/push.ts';
import '../parts/key-list.ts';
import '../parts/own-password.ts';
import type { PasswordDialog } from '../parts/password-dialog.ts';
import '../parts/password-dialog.ts';
import '../parts/push-list.ts';
import '../parts/second-factor.ts';
import '../parts/session-list.ts';
import '../parts/viewer-list.ts';

/** Who is signed in and who may do what. */
@customElement('ist-access')
export class AccessPage extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { display: grid; gap: var(--space-4); }
      h1 { font-size: var(--text-20); } .lead { color: var(--ink-2); }
      .columns { display: grid; gap: var(--space-4); grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); align-items: start; }
      .card { display: grid; gap: var(--space-3); align-content: start; } .card > .note { margin-top: calc(-1 * var(--space-2)); }
      .error { color: var(--down); font-size: var(--text-14); font-weight: 500; }
      .bone { height: 220px; border-radius: var(--radius); background: var(--surface); }
    `,
  ];
  @property({ attribute: false }) query = new URLSearchParams();
  @query('ist-password-dialog') private dialog!: PasswordDialog;
  protected readonly watch = new Watch(this, 'status');
  readonly #desk = new AccessDesk(this, () => this.dialog.ask());

  readonly #push = new PushDesk(this);

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    await this.#desk.load();
    if (this.#desk.me?.kind === 'session') await this.#push.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#desk.leaveFactor();
    this.#desk.leaveKey();
  }

  protected override render(): TemplateResult {
    const { me, failure } = this.#desk;
    if (failure !== null && !me)
      return html`<section class="card"><h1>${words.failed(failure)}</h1>
        <div><button type="button" class="button" @click=${() => this.#load()}>${words.tryAgain}</button></div></section>`;
    if (!me)
      return html`<h1 class="muted" aria-busy="true">${words.loading}</h1><div class="columns"><div class="bone"></div><div class="bone"></div></div>`;
    if (me.kind !== 'session' && appliance.status?.isDemo)
      return html`<section class="card"><h1>${words.nobody}</h1><p class="lead">${words.demo}</p></section>`;
    if (me.kind !== 'session')
      return html`<section class="card"><h1>${words.nobody}</h1><p class="lead">${words.nobodyLead}</p>
        <div><button type="button" class="button" @click=${() => access.ask(true)}>${words.signIn}</button></div></section>`;
    return html`<div><h1>${words.title}</h1><p class="lead">${words.lead(me.name, me.isOwner)}</p></div>
      ${failure === null ? nothing : html`<p class="error" role="alert">${words.failed(failure)}</p>`}
      <div class="columns">${this.#own(me)}${this.#messages()}${me.isOwner ? this.#others() : nothing}</div>
      <ist-password-dialog .check=${this.#desk.confirm}></ist-password-dialog>`;
  }

  #own(me: SessionInfo): TemplateResult {
    const desk = this.#desk;
    return html`${this.#card(
      'sessions',
      null,
      html`<ist-session-list .sessions=${desk.sessions} me=${me.name} nowMs=${appliance.nowMs()} ?busy=${desk.busy !== null}
        .end=${desk.endSession} .endOthers=${desk.endOthers}></ist-session-list>`,
    )}${this.#card(
      'factor',
      null,
      html`<ist-second-factor ?on=${me.hasSecondFactor} left=${me.recoveryCodesLeft} .enrolment=${desk.enrolment} .codes=${desk.codes}
        ?busy=${desk.busy !== null} .begin=${desk.beginFactor} .finish=${desk.finishFactor} .renew=${desk.newCodes} .drop=${desk.dropFactor}
        .leave=${desk.leaveFactor}></ist-second-factor>`,
    )}${this.#card(
      'password',
      null,
      html`<ist-own-password name=${me.name} ?busy=${desk.busy !== null} .change=${desk.changePassword}></ist-own-password>`,
    )}`;
  }

  #messages(): TemplateResult {
    const push = this.#push;
    return html`<section class="card" aria-labelledby="push"><h2 id="push">${pushWords.heading}</h2><p class="note">${pushWords.lead}</p>
      <ist-push-list .state=${push.state} .own=${push.own} .obstacle=${push.obstacle} ?busy=${push.isBusy} nowMs=${appliance.nowMs()}
        .subscribe=${push.subscribe} .test=${push.test} .dismiss=${push.remove}></ist-push-list>
      ${push.problem === null ? nothing : html`<p class="error" role="alert">${push.problem}</p>`}
      <p class="note" role="status">${push.done ?? ''}</p></section>`;
  }

  #others(): TemplateResult {
    const desk = this.#desk;
    return html`${this.#card(
      'viewers',
      words.viewers.lead,
      html`<ist-viewer-list .list=${desk.accounts} ?busy=${desk.busy !== null} .add=${desk.addViewer} .dismiss=${desk.removeViewer}
        .reset=${desk.resetViewer}></ist-viewer-list>`,
    )}${this.#card(
      'keys',
      words.keys.lead,
      html`<ist-key-list .list=${desk.keys} .made=${desk.madeKey} nowMs=${appliance.nowMs()} ?busy=${desk.busy !== null} .make=${desk.makeKey}
        .revoke=${desk.revokeKey} .leave=${desk.leaveKey}></ist-key-list>`,
    )}`;
  }

  #card(part: Part, lead: string | null, content: TemplateResult): TemplateResult {
    const problem = this.#desk.problems.get(part);
    return html`<section class="card" aria-labelledby=${part}><h2 id=${part}>${words[part].heading}</h2>
      ${lead === null ? nothing : html`<p class="note">${lead}</p>`}${content}
      ${problem === undefined ? nothing : html`<p class="error" role="alert">${problem}</p>`}</section>`;
  }
}
