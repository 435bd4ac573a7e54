import { setTimeout as pause } from 'node:timers/promises';
import type { LegParked } from '../../../server/calls/reports.js';
import type { ChannelSummary } from '../../../server/esl/commands.js';
import type { ParkCommands } from '../../../server/parked/parked-calls.js';

export const LEG = '0198b1f0-0000-4000-8000-000000000001';
export const CORE = '0198b1f0-0000-4000-8000-0000000000ff';

export function parkedLeg(changes: Partial<LegParked> = {}): LegParked {
  return {
    kind: 'parked',
    legUuid: LEG,
    coreUuid: CORE,
    direction: 'inbound',
    authorize: '1001@acme.example',
    dialled: '447700900123',
    context: 'default',
    callerNumber: '1001',
    profileCreatedUs: '1795000000000000',
    networkAddress: '192.0.2.1',
    profile: 'internal',
    offer: '',
    tried: '',
    extension: '',
    hops: '',
    callId: null,
    turn: null,
    isParked: true,
    ...changes,
  };
}

/** A switch with legs in its park, as several nodes see it over sockets of a few milliseconds. */
export class FakePark implements ParkCommands {
  readonly ran: string[] = [];
  readonly #legs = new Map<string, LegParked>();
  readonly #applications = new Map<string, string>();

  constructor(
    legs: readonly LegParked[],
    private readonly delayMs = 0,
  ) {
    for (const leg of legs) this.#legs.set(leg.legUuid, leg);
  }

  hangUp(legUuid: string): void {
    this.#legs.delete(legUuid);
  }

  /** In some other application, so that only its own dump could tell. */
  inApplication(legUuid: string, application: string): void {
    this.#applications.set(legUuid, application);
  }

  async showChannels(): Promise<readonly ChannelSummary[]> {
    await this.#travel();
    return [...this.#legs.values()].map((leg) => ({
      legUuid: leg.legUuid,
      direction: leg.direction,
      createdS: 0,
      state: 'CS_EXECUTE',
      callState: 'RINGING',
      destination: leg.dialled,
      callerNumber: leg.callerNumber,
      application: this.#applications.get(leg.legUuid) ?? 'park',
    }));
  }

  async parkedLeg(legUuid: string): Promise<LegParked | null> {
    await this.#travel();
    return this.#legs.get(legUuid) ?? null;
  }

  async markLeg(legUuid: string, name: string, word: string): Promise<boolean> {
    await this.#travel();
    const leg = this.#legs.get(legUuid);
    if (leg === undefined || name !== 'rl_turn') return false;
    this.#legs.set(legUuid, { ...leg, turn: word });
    return true;
  }

  async runInline(legUuid: string, dialplan: string): Promise<boolean> {
    await this.#travel();
    const leg = this.#legs.get(legUuid);
    if (leg === undefined) return false;
    this.ran.push(dialplan);
    const callId = /set:rl_call=([0-9a-f-]{36})/.exec(dialplan)?.[1];
    if (callId === undefined) this.hangUp(legUuid);
    else this.#legs.set(legUuid, { ...leg, callId, isParked: false });
    return true;
  }

  async #travel(): Promise<void> {
    if (this.delayMs > 0) await pause(Math.random() * this.delayMs);
  }
}
