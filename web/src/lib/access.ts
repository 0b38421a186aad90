/** What stands between this page and the appliance. `open`: nothing, as far as we know. */
export type Door = 'open' | 'unclaimed' | 'signed-out';

interface Refusal {
  code: string;
  message: string;
}

/** Whether the appliance lets this browser in, as its answers tell. One per page. */
class Access {
  door: Door = 'open';
  /** What the appliance said, where it is more than that one has to sign in. */
  reason: string | null = null;
  /** Somebody asked for the door himself: no page stands open beside it. */
  isWanted = false;
  readonly #listeners = new Set<() => void>();

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An answer has closed the door. It opens again with a reload: nothing that was read before stays in memory. */
  refuse({ code, message }: Refusal): void {
    if (code === 'UNCLAIMED') this.#set('unclaimed', null);
    else this.#set('signed-out', code === 'SIGN_IN_NEEDED' ? null : message);
  }

  /** Somebody who may look wants to sign in, or has thought better of it. */
  ask(wants: boolean): void {
    this.#set(wants ? 'signed-out' : 'open', null, wants);
  }

  #set(door: Door, reason: string | null, isWanted = false): void {
    if (door === this.door && reason === this.reason && isWanted === this.isWanted) return;
    this.isWanted = isWanted;
    this.door = door;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
  }
}

export const access = new Access();
