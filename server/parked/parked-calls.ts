import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { inlineDialplan } from '../../xml/inline-dialplan.js';
import type { DialplanAction, DialplanRecord } from '../../xml/records.js';
import type { CallAuthorizer } from '../calls/authorize-call.js';
import { callIdOf } from '../calls/call-request.js';
import { refusalReply } from '../calls/reply-for-decision.js';
import type { LegParked } from '../calls/reports.js';
import { withDeadline } from '../deadline.js';
import type { EslCommands } from '../esl/commands.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { parkedRequest } from './parked-request.js';

export type ParkCommands = Pick<
  EslCommands,
  'markLeg' | 'parkedLeg' | 'runInline' | 'showChannels'
>;

export interface ParkedCallsOptions {
  readonly authorizer: Pick<CallAuthorizer, 'authorize'>;
  readonly snapshot: () => Snapshot | null;
  readonly commandsOf: (switchId: number) => ParkCommands | null;
  readonly log: Logger;
  /** A word no other node has. */
  readonly nodeWord: string;
  /** A decision that takes longer is answered as a database that is away. */
  readonly deadlineMs: number;
  readonly onAnswer: (outcome: string) => void;
  readonly timings?: Partial<ParkTimings>;
}

export interface ParkTimings {
  /** How long a decision made by another node is left to it before this one looks after the call. */
  readonly lookAgainMs: number;
  /** More than a command takes to reach the switch and to have its effect there. */
  readonly turnMs: number;
}

const TIMINGS: ParkTimings = { lookAgainMs: 2_000, turnMs: 100 };

const LOOKS = 3;

/** Written on the leg by a node that is about to send it on; the last one who wrote it may. */
const TURN_MARK = 'rl_turn';

/** A call that has an answer and waits to be told. */
interface Answered {
  readonly leg: LegParked;
  readonly switchId: number;
  readonly callId: string;
  readonly reply: DialplanRecord;
}

/**
 * Decides calls that a switch with a dialplan of its own has parked, and sends them on over its event
 * socket. Every node hears of every parked call. The decision is one, because its key is; that one
 * node only tells it to the switch is seen to here.
 */
export class ParkedCalls {
  readonly #options: ParkedCallsOptions;
  readonly #timings: ParkTimings;
  /** Legs this node will look at again. */
  readonly #looking = new Set<string>();
  readonly #stopped = new AbortController();

  constructor(options: ParkedCallsOptions) {
    this.#options = options;
    this.#timings = { ...TIMINGS, ...options.timings };
  }

  /** Calls whose sending this node may still have to do. */
  get looking(): number {
    return this.#looking.size;
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Decides a parked leg and sends it on, unless another node is about to. */
  async handle(leg: LegParked, switchId: number): Promise<void> {
    const snapshot = this.#options.snapshot();
    if (snapshot === null || this.#looking.has(leg.legUuid)) return;
    const request = parkedRequest(leg, switchId);
    const callId = callIdOf(request);
    const startedMs = performance.now();
    const decided = this.#options.authorizer.authorize(request, snapshot);
    const answer = await withDeadline(decided, this.#options.deadlineMs);
    const refusal = answer === null ? 'database_unavailable' : answer.refusal;
    const reply = answer?.reply ?? refusalReply(request.context, 'database_unavailable');
    const found: Answered = { leg, switchId, callId, reply };
    this.#options.onAnswer(refusal ?? 'routed');
    // Telling a refusal twice does no harm: the call is over after the first.
    if (refusal !== null) return this.#send(found);
    if (answer?.isNew === false) return this.#lookLater(found);
    const wasQuick = performance.now() - startedMs < this.#timings.lookAgainMs / 2;
    if (answer?.isNew === true && wasQuick) return this.#send(found);
    // Free calls are decided by every node for itself; and after a long wait another may have acted.
    if (!(await this.#sendInTurn(found))) this.#lookLater(found);
  }

  /** Finds calls that were parked while nobody listened, or whose node died before it sent them on. */
  async sweep(switchId: number, commands: Pick<ParkCommands, 'parkedLeg' | 'showChannels'>) {
    const channels = await commands.showChannels();
    const parked = channels.filter(({ application }) => application === 'park');
    await Promise.all(
      parked.map(async ({ legUuid }) => {
        const leg = await commands.parkedLeg(legUuid);
        if (leg === null || !stayingParked(leg, callIdOf(parkedRequest(leg, switchId)))) return;
        await this.handle(leg, switchId);
      }),
    );
  }

  #lookLater(found: Answered): void {
    const { legUuid } = found.leg;
    this.#looking.add(legUuid);
    this.#lookAgain(found)
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error, legUuid }, 'parked call could not be looked at');
      })
      .finally(() => this.#looking.delete(legUuid));
  }

  async #lookAgain(found: Answered): Promise<void> {
    const { signal } = this.#stopped;
    for (let look = 0; look < LOOKS; look += 1) {
      const isOn = await pause(this.#timings.lookAgainMs, true, { signal }).catch(() => false);
      if (!isOn || (await this.#sendInTurn(found))) return;
    }
  }

  /**
   * Sends a call on that another node might be sending too: each writes its word on the leg, waits
   * longer than that takes, and goes on only if its own is the word it reads. True when nothing is left
   * to do.
   */
  async #sendInTurn(found: Answered): Promise<boolean> {
    const { leg, switchId, callId } = found;
    const { nodeWord, commandsOf } = this.#options;
    const commands = commandsOf(switchId);
    if (commands === null) return false;
    const before = await commands.parkedLeg(leg.legUuid);
    if (before === null || !stayingParked(before, callId)) return true;
    if (!(await commands.markLeg(leg.legUuid, TURN_MARK, nodeWord))) return true;
    await pause(this.#timings.turnMs);
    const after = await commands.parkedLeg(leg.legUuid);
    if (after === null || !stayingParked(after, callId)) return true;
    if (after.turn !== nodeWord) return false;
    await this.#send(found);
    return true;
  }

  async #send({ leg, switchId, callId, reply }: Answered): Promise<void> {
    const { commandsOf, log } = this.#options;
    const commands = commandsOf(switchId);
    const fields = { callId, legUuid: leg.legUuid, answer: reply.extension };
    if (commands === null) {
      log.warn(fields, 'parked call waits: its switch is out of reach');
      return;
    }
    const isThere = await commands.runInline(
      leg.legUuid,
      inlineDialplan(reply.actions.flatMap(backToUs)),
    );
    log.info({ ...fields, isThere }, 'parked call decided');
  }
}

/**
 * A call that an extension sends on is decided anew. There is no dialplan of ours on this switch to ask
 * for it, so it is parked again, with the marks of who pays now.
 */
function backToUs(action: DialplanAction): readonly DialplanAction[] {
  if (action.application !== 'transfer') return [action];
  const [destination = ''] = action.data.split(' ');
  return [
    { application: 'set', data: `rl_destination=${destination}` },
    { application: 'park', data: '' },
  ];
}

/** True while a leg waits in the park and was not sent on by this decision yet. */
function stayingParked(leg: LegParked, callId: string): boolean {
  return leg.isParked && leg.callId !== callId;
}
