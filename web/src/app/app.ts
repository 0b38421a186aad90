import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { access, type Door } from '../lib/access.ts';
import { appliance, Watch } from '../lib/appliance.ts';
import { baseStyles } from '../lib/base-styles.ts';
import { time } from '../lib/format.ts';
import { icon, marker } from '../lib/icons.ts';
import { followLinks } from '../lib/navigation.ts';
import { stationsOf } from '../lib/path.ts';
import { chooseTheme, onTheme, type ThemeChoice, themeChoice } from '../lib/theme.ts';
import { words } from '../lib/words.ts';
import { appStyles } from './app-styles.ts';
import { showFavicon } from './favicon.ts';
import { type Place, placeOf, places } from './places.ts';

/** Inline: as an image it would be a document of its own, which costs a slow phone 100 ms. */
const brandMark = html`<svg width="28" height="28" viewBox="0 0 64 64" aria-hidden="true">
  <rect width="64" height="64" rx="14" fill="#10312f" /><path d="M8 32h14M42 32h14" stroke="#8fb8b3" stroke-width="5" stroke-linecap="round" />
  <circle cx="32" cy="32" r="11" fill="#35c9b5" /></svg>`;

const claimPath = '/claim';
const themes: readonly ThemeChoice[] = ['auto', 'light', 'dark'];

/** What is shown instead of everything while the appliance does not let this browser in. */
const doors = {
  unclaimed: { tag: 'ist-claim', label: words.app.claim, load: () => import('../pages/claim.ts') },
  'signed-out': { tag: 'ist-sign-in', label: words.app.signIn, load: () => import('../pages/sign-in.ts') },
} as const;

interface Page extends HTMLElement {
  query: URLSearchParams;
}

/** The shell: navigation, header, banners, and the page in the middle. */
@customElement('ist-app')
export class App extends LitElement {
  static override styles = [baseStyles, appStyles];

  @state() private place: Place | null = null;
  @state() private page: Page | null = null;
  @state() private failure: string | null = null;
  @state() private door: HTMLElement | null = null;
  @state() private theme: ThemeChoice = themeChoice();
  protected readonly watch = new Watch(this, 'status', 'connection');
  #leave: (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const route = () => void this.#route();
    const click = (event: MouseEvent) => followLinks(event, (path) => placeOf(path) !== null);
    addEventListener('popstate', route);
    addEventListener('ist-navigate', route);
    document.addEventListener('click', click);
    this.#leave = [
      () => removeEventListener('popstate', route),
      () => removeEventListener('ist-navigate', route),
      () => document.removeEventListener('click', click),
      onTheme(() => this.requestUpdate()),
      access.on(route),
    ];
    void this.#route();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const leave of this.#leave) leave();
  }

  async #route(): Promise<void> {
    // The link that is printed for claiming leads there whatever the appliance has answered by now.
    const door = location.pathname === claimPath ? 'unclaimed' : access.door;
    const place = placeOf(location.pathname);
    const isGuest = door === 'signed-out' && place?.isForGuests === true && !access.isWanted;
    if (door !== 'open' && !isGuest) return this.#showDoor(door);
    this.door = null;
    const isSamePage = place !== null && place === this.place && this.page !== null;
    this.place = place;
    this.failure = place ? null : words.app.notFound;
    if (!place) {
      this.page = null;
      return;
    }
    if (!isSamePage) {
      try {
        await place.load();
      } catch {
        this.failure = words.app.pageFailed;
        return;
      }
      if (this.place !== place) return; // somebody went on while this page was loading
      this.page = document.createElement(place.tag) as Page; // every place's element has a query
    }
    void import('../parts/person-menu.ts'); // after the page, which matters more
    // Elsewhere browsers have no workers.
    if (isSecureContext) void import('../lib/shell-keeper.ts').then(({ keepShell }) => keepShell());
    if (this.page) this.page.query = new URLSearchParams(location.search);
    document.title = `${place.label} · ${appliance.status?.site ?? words.app.name}`;
  }

  async #showDoor(door: Exclude<Door, 'open'>): Promise<void> {
    const { tag, label, load } = doors[door];
    document.title = `${label} · ${words.app.name}`;
    if (this.door?.localName === tag) return;
    try {
      await load();
    } catch {
      this.failure = words.app.pageFailed;
      return;
    }
    this.door = document.createElement(tag);
  }

  protected override updated(): void {
    if (appliance.status)
      showFavicon(appliance.connection.kind === 'stale' ? 'unknown' : appliance.status.state);
  }

  protected override render(): TemplateResult {
    this.toggleAttribute('data-door', this.door !== null);
    if (this.door)
      return html`<div class="main"><header><div class="bar"><span class="brand">${brandMark}${words.app.name}</span>
        <span class="grow"></span>${this.#themeButton()}</div></header><main id="content">${this.door}</main></div>`;
    const status = appliance.status;
    return html`
      <nav class="rail" aria-label=${words.app.places}>
        <button type="button" class="skip" @click=${this.#skip}>${words.app.skip}</button>
        <a class="brand" href="/">${brandMark}${words.app.name}</a>
        <div class="places">
          ${places.filter((place) => place.within === undefined).map((place) => this.#link(place))}
        </div>
        <div class="foot note version">${status ? html`ist ${status.version}` : nothing}</div>
      </nav>
      <div class="main">
        <header><div class="bar">
          <span class="site">${status?.site ?? ''}</span>
          ${this.#miniature()}
          <span class="grow"></span>
          ${this.#connection()} ${this.#themeButton()}<ist-person-menu></ist-person-menu>
        </div>
        ${this.#banners()}</header>
        <main id="content" tabindex="-1">${this.failure ? this.#fault(this.failure) : this.page}</main>
      </div>
    `;
  }

  #link(place: Place): TemplateResult {
    const here = this.place === place ? 'page' : this.place?.within === place.path ? 'true' : nothing;
    return html`<a href=${place.path} aria-current=${here}>${icon(place.icon)}<span>${place.label}</span></a>`;
  }

  #miniature(): TemplateResult | typeof nothing {
    const status = appliance.status;
    const line = status?.lines[0];
    if (!status || !line) return nothing;
    const stations = stationsOf(line, status.verdict);
    return html`<a class="mini ${appliance.connection.kind}" href="/" aria-label=${words.app.miniature(
      stations
        .map((station) => `${words.segment[station.segment]}: ${words.state[station.state]}`)
        .join(', '),
    )}>
      ${stations.map(
        (station, index) =>
          html`${index > 0 ? html`<span class="link ${station.state}"></span>` : nothing}${marker(station.state, 11)}`,
      )}
    </a>`;
  }

  #connection(): TemplateResult {
    const connection = appliance.connection;
    const text =
      connection.kind === 'stale'
        ? words.connection.stale(time(connection.sinceMs, 'second'))
        : words.connection[connection.kind];
    return html`<span class="connection ${connection.kind}" role="status"><span class="dot"></span>${text}</span>`;
  }

  #themeButton(): TemplateResult {
    const next = themes[(themes.indexOf(this.theme) + 1) % themes.length] ?? 'auto';
    const label = `${words.theme.label}: ${words.theme[this.theme]}`;
    return html`<button class="button theme" type="button" title=${label} aria-label=${label}
      @click=${() => {
        this.theme = next;
        chooseTheme(next);
      }}>${icon(this.theme)}</button>`;
  }

  #banners(): TemplateResult {
    const { status, connection } = appliance;
    return html`
      ${status?.isDemo ? html`<p class="banner demo">${icon('now')}<span>${words.app.demo}</span></p>` : nothing}
      ${status && !status.clock.isKnown ? html`<p class="banner">${icon('clock')}<span>${words.app.clockUnknown}</span></p>` : nothing}
      ${
        connection.kind === 'stale'
          ? html`<p class="banner">${icon('clock')}<span>${words.connection.staleNote(time(connection.sinceMs, 'second'))}</span></p>`
          : nothing
      }
    `;
  }

  #fault(text: string): TemplateResult {
    return html`<section class="card fault"><h1>${text}</h1>
      <a class="button" href="/" @click=${() => location.assign('/')}>${words.app.goToNow}</a></section>`;
  }

  #skip = (): void => {
    this.renderRoot.querySelector<HTMLElement>('#content')?.focus();
  };
}
