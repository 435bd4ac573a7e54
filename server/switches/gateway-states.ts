/** FreeSWITCH's words for a gateway that cannot be used, and will not be for some seconds. */
const DOWN: ReadonlySet<string> = new Set(['DOWN', 'FAILED', 'FAIL_WAIT', 'TIMEOUT']);

/** Its words for one that can: registered, or never asked to register. */
const UP: ReadonlySet<string> = new Set(['REGED', 'NOREG', 'UP']);

/**
 * What one switch says of its gateways. Only those that register or are pinged ever go down. Between
 * two attempts to register, the words for trying say nothing new: the last verdict stays.
 */
export class GatewayStates {
  readonly #states = new Map<string, string>();
  readonly #down = new Map<string, string>();

  get all(): readonly { readonly name: string; readonly state: string }[] {
    return [...this.#states].map(([name, state]) => ({ name, state }));
  }

  /** Why a gateway cannot be used; null where it can or nothing was ever heard of it. */
  downState(name: string): string | null {
    return this.#down.get(name) ?? null;
  }

  note(name: string, state: string): void {
    this.#states.set(name, state);
    if (DOWN.has(state)) this.#down.set(name, state);
    else if (UP.has(state)) this.#down.delete(name);
  }

  /** Takes a look at all of them at once for the truth: what it does not show is not there any more. */
  replaceAll(
    gateways: readonly { readonly name: string; readonly state: string; readonly isUp: boolean }[],
  ): void {
    this.#states.clear();
    this.#down.clear();
    for (const { name, state, isUp } of gateways) {
      this.#states.set(name, isUp ? state : downWord(state));
      if (!isUp) this.#down.set(name, downWord(state));
    }
  }
}

/** A gateway that fails its pings keeps the word of its registration, which would say it is fine. */
function downWord(state: string): string {
  return UP.has(state) ? 'DOWN' : state;
}
