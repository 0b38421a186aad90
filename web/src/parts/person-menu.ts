import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { access } from '../lib/access.ts';
import { sendJson } from '../lib/api.ts';
import { appliance } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { icon } from '../lib/icons.ts';
import { Person } from '../lib/person.ts';
import { accessWords } from '../lib/words/access.ts';

const words = accessWords.menu;

/** The button in the header behind which stands who is signed in. */
@customElement('ist-person-menu')
export class PersonMenu extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host { position: relative; }
      .opener { width: 40px; padding: 0; justify-content: center; background: none; } .opener:hover { background: var(--surface); }
      .menu { position: absolute; right: 0; top: calc(100% + 4px); z-index: 6; width: max-content; min-width: 200px; max-width: min(300px, 90vw); background: var(--surface); border-radius: var(--radius); padding: var(--space-4); display: grid; gap: var(--space-2); box-shadow: 0 4px 24px rgb(0 0 0 / 22%); font-size: var(--text-14); }
      .name { font-weight: 600; overflow-wrap: anywhere; } .menu .button { justify-content: center; min-height: var(--touch); margin-top: var(--space-2); }
      .menu a { display: flex; align-items: center; min-height: var(--touch); } .error { color: var(--down); }
    `,
  ];

  @state() private isOpen = false;
  @state() private isBusy = false;
  @state() private failure: string | null = null;
  readonly #person = new Person(this);

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('focusout', this.#left);
    this.addEventListener('keydown', this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('focusout', this.#left);
    this.removeEventListener('keydown', this.#key);
    this.isOpen = false;
  }

  protected override render(): TemplateResult {
    return html`<button type="button" class="button opener" aria-expanded=${this.isOpen ? 'true' : 'false'} aria-label=${words.open}
        title=${words.open} @click=${this.#toggle}>${icon('person')}</button>
      ${this.isOpen ? html`<div class="menu" tabindex="-1">${this.#content()}</div>` : nothing}`;
  }

  #content(): TemplateResult {
    const { session } = this.#person;
    const failure = this.failure ? html`<p class="error" role="alert">${this.failure}</p>` : nothing;
    if (!session) return html`<p class="muted">${this.failure ?? words.unread}</p>`;
    if (session.kind !== 'session' && appliance.status?.isDemo) return html`<p>${words.demo}</p>`;
    if (session.kind !== 'session')
      return html`<p class="name">${words.nobody}</p>${
        session.isReadingOpen ? html`<p class="note">${words.reading}</p>` : nothing
      }<button type="button" class="button" @click=${() => access.ask(true)}>${words.signIn}</button>`;
    return html`<p class="name">${session.name}</p><p class="note">${session.isOwner ? words.owner : words.viewer}</p>${failure}
      <a href="/access" @click=${this.#close}>${words.access}</a>
      <button type="button" class="button" ?disabled=${this.isBusy} @click=${this.#signOut}>${words.signOut}</button>`;
  }

  #toggle = async (): Promise<void> => {
    this.isOpen = !this.isOpen;
    if (!this.isOpen) return;
    this.failure = null;
    try {
      await this.#person.ask();
    } catch (error) {
      this.#person.session = null;
      this.failure = textOf(error);
    }
  };

  #close = (): void => {
    this.isOpen = false;
  };

  #signOut = async (): Promise<void> => {
    this.isBusy = true;
    try {
      await sendJson('POST', '/api/logout');
      location.reload(); // what was read goes with whoever read it
    } catch (error) {
      this.isBusy = false;
      this.failure = words.failed(textOf(error));
    }
  };

  #left = (event: FocusEvent): void => {
    const next = event.relatedTarget;
    if (!(next instanceof Node) || !(this.contains(next) || this.renderRoot.contains(next)))
      this.isOpen = false;
  };

  #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.isOpen) return;
    this.isOpen = false;
    this.renderRoot.querySelector<HTMLButtonElement>('.opener')?.focus();
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
