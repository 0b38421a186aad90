import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { SessionInfo } from '../../../appliance/features/keep/access/schema.ts';
import { getJson } from './api.ts';

type Scope = SessionInfo['scopes'][number];

let known: SessionInfo | null = null;

/** Who looks at this page, as the appliance says it. */
export class Person implements ReactiveController {
  session: SessionInfo | null = known;
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** Asked again with every page: a viewer may have become somebody else in another tab. */
  hostConnected(): void {
    this.ask().catch((error: unknown) => {
      console.info('who is signed in is not known', error); // nothing that changes something is offered then
    });
  }

  async ask(): Promise<void> {
    known = await getJson<SessionInfo>('/api/session');
    this.session = known;
    this.#host.requestUpdate();
  }

  /** Whether to offer what needs this. The appliance decides it again when it is asked for. */
  may(scope: Scope): boolean {
    return this.session?.scopes.includes(scope) ?? false;
  }
}
