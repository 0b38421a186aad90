import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type {
  Incident,
  IncidentDetail,
  IncidentList,
  IncidentNote,
  SnapshotList,
  SnapshotSummary,
} from '../../../appliance/features/judge/incident/schema.ts';
import type { ChainState } from '../../../appliance/features/tell/evidence/schema.ts';
import { getJson, RequestFailed, sendJson, withQuery } from './api.ts';
import { appliance } from './appliance.ts';

const settleMs = 1000;
/** Incidents this near can be put together with the one that is shown. */
const besideMs = 86_400_000;
const mostNeighbours = 20;
/** While it lasts its numbers grow, also without an event. */
const refreshMs = 15_000;

/** Everything known of one incident, again after every event about it; and what a person can do to it. */
export class IncidentLoader implements ReactiveController {
  detail: IncidentDetail | null = null;
  failure: string | null = null;
  isMissing = false;
  chain: ChainState | null = null;
  chainFailure: string | null = null;
  neighbours: readonly Incident[] = [];
  /** Made of this incident, newest first. */
  snapshots: readonly SnapshotSummary[] = [];
  /** What the last change said when it failed. */
  problem: string | null = null;
  isBusy = false;
  readonly #host: ReactiveControllerHost;
  #id: number | null = null;
  #version = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #leave: (() => void) | null = null;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#version = appliance.troubles.version;
    this.#leave = appliance.on('troubles', () => {
      if (this.#version === appliance.troubles.version) return;
      this.#version = appliance.troubles.version;
      this.#soon(settleMs);
    });
  }

  hostDisconnected(): void {
    this.#leave?.();
    clearTimeout(this.#timer);
    this.#id = null;
  }

  async load(id: number): Promise<void> {
    if (this.#id === id) return;
    this.#id = id;
    this.detail = null;
    this.failure = null;
    this.isMissing = false;
    this.problem = null;
    this.neighbours = [];
    this.snapshots = [];
    await Promise.all([this.#read(), this.#readChain(), this.#readSnapshots()]);
  }

  retry(): void {
    void this.#read();
  }

  note(text: string): Promise<boolean> {
    return this.#change(() => sendJson<IncidentNote>('POST', this.#path('/notes'), { text }));
  }

  removeNote(note: number): Promise<boolean> {
    return this.#change(() => sendJson<Incident>('DELETE', this.#path(`/notes/${note}`)));
  }

  tag(tags: readonly string[]): Promise<boolean> {
    return this.#change(() => sendJson<Incident>('PUT', this.#path('/tags'), { tags }));
  }

  acknowledge(): Promise<boolean> {
    return this.#change(() => sendJson<Incident>('POST', this.#path('/acknowledge')));
  }

  /** Gives the incident that holds all of them now. */
  async merge(others: readonly number[]): Promise<number | null> {
    let kept: number | null = null;
    const ids = this.#id === null ? others : [this.#id, ...others];
    await this.#change(async () => {
      kept = (await sendJson<Incident>('POST', '/api/incidents/merge', { ids })).id;
    });
    return kept;
  }

  split(outages: readonly number[]): Promise<boolean> {
    return this.#change(() => sendJson<IncidentList>('POST', this.#path('/split'), { outages }));
  }

  /** Gives the id of the snapshot. */
  async share(): Promise<string | null> {
    let id: string | null = null;
    await this.#change(async () => {
      id = (await sendJson<SnapshotSummary>('POST', '/api/snapshots', { incident: this.#id })).id;
      await this.#readSnapshots();
    });
    return id;
  }

  /** Its address stops working. */
  removeSnapshot(id: string): Promise<boolean> {
    return this.#change(async () => {
      this.#takeSnapshots(await sendJson<SnapshotList>('DELETE', `/api/snapshots/${encodeURIComponent(id)}`));
    });
  }

  #path(rest = ''): string {
    return `/api/incidents/${this.#id}${rest}`;
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), ms);
  }

  async #change(act: () => Promise<unknown>): Promise<boolean> {
    this.isBusy = true;
    this.problem = null;
    this.#host.requestUpdate();
    try {
      await act();
      await this.#read();
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.isBusy = false;
    this.#host.requestUpdate();
    return this.problem === null;
  }

  async #read(): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    try {
      const detail = await getJson<IncidentDetail>(this.#path());
      if (id !== this.#id) return;
      this.detail = detail;
      this.failure = null;
      void this.#readNeighbours(detail.incident);
      if (detail.incident.endedAt === null) this.#soon(refreshMs);
    } catch (error) {
      if (id !== this.#id) return;
      this.isMissing = error instanceof RequestFailed && error.status === 404;
      this.failure = messageOf(error);
    }
    this.#host.requestUpdate();
  }

  async #readNeighbours(incident: Incident): Promise<void> {
    const from = new Date(Date.parse(incident.startedAt) - besideMs).toISOString();
    const endMs = incident.endedAt === null ? appliance.nowMs() : Date.parse(incident.endedAt);
    const to = new Date(Math.min(endMs + besideMs, appliance.nowMs() + 1000)).toISOString();
    try {
      const { incidents } = await getJson<IncidentList>(
        withQuery('/api/incidents', { from, to, line: incident.line }),
      );
      this.neighbours = incidents
        .filter((one) => one.id !== incident.id && one.line === incident.line)
        .slice(0, mostNeighbours);
    } catch (error) {
      console.info('incident: its neighbours are not known', error); // only merging needs them
    }
    this.#host.requestUpdate();
  }

  async #readSnapshots(): Promise<void> {
    try {
      this.#takeSnapshots(await getJson<SnapshotList>('/api/snapshots'));
    } catch (error) {
      console.info('incident: its snapshots are not known', error); // making one says why it fails
    }
    this.#host.requestUpdate();
  }

  #takeSnapshots({ snapshots }: SnapshotList): void {
    this.snapshots = snapshots.filter((one) => one.incident === this.#id);
  }

  async #readChain(): Promise<void> {
    try {
      this.chain = await getJson<ChainState>('/api/evidence');
      this.chainFailure = null;
    } catch (error) {
      this.chainFailure = messageOf(error);
    }
    this.#host.requestUpdate();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
