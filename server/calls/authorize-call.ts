import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { isUnavailable } from '../../db/transaction.js';
import { Decimal } from '../../rating/money.js';
import type { PayerIdentity } from '../../rating/settlement/payer-key.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { DialplanRecord } from '../../xml/records.js';
import { Batcher, BatcherFullError } from '../batcher.js';
import type { Clock } from '../clock.js';
import { withDeadline } from '../deadline.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { asciiText } from './ascii-text.js';
import { refuse } from './call-plan.js';
import type { CallPlan, GuardEvent, PaidPlan, PlanSettings } from './call-plan.js';
import { callIdOf, decisionKeyOf } from './call-request.js';
import type { CallRequest } from './call-request.js';
import type { Decision, RefusalReason } from './decision.js';
import type { DecisionLog } from './decision-log.js';
import type { BreachRecorder } from '../guards/breach-recorder.js';
import { dailySpendBreach } from './guards.js';
import { decideHolds } from './hold-batch.js';
import type { HoldOutcome, HoldPayer, HoldRequest } from './hold-request.js';
import { noLiveFacts } from './live-facts.js';
import type { LiveFacts } from './live-facts.js';
import { planCall } from './plan-call.js';
import { decisionReply, refusalReply } from './reply-for-decision.js';
import { needsRoutingNumbers } from './routing-numbers.js';
import type { RoutingNumbers } from './routing-numbers.js';

export interface AuthorizeSettings extends PlanSettings {
  readonly holdSliceS: number;
  readonly maxCallS: number;
  readonly heartbeatS: number;
  readonly orphanGraceS: number;
  /** What becomes of inbound calls that need the database while it is away. */
  readonly inboundWithoutDatabase: 'accept' | 'refuse';
  /** How long before money ends a call its talkers are warned; 0 is never. */
  readonly limitWarningS: number;
}

export interface Authorization {
  readonly callId: string | null;
  readonly refusal: RefusalReason | null;
  readonly reply: DialplanRecord;
  /** Whether this very request made the decision; absent where the database was not asked. */
  readonly isNew?: boolean;
}

export interface AuthorizerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: AuthorizeSettings;
  readonly decisionLog: DecisionLog;
  /** What the node knows of gateways, carriers and calls of late; nothing where it is absent. */
  readonly live?: LiveFacts;
  /** Where ported numbers are looked up; never where it is absent. */
  readonly routingNumbers?: Pick<RoutingNumbers, 'find'>;
  /** Who is told what guards found; nobody where it is absent. */
  readonly breaches?: Pick<BreachRecorder, 'add'>;
}

const MAX_BATCH = 64;
const MAX_WAITING = 2000;
const REMEMBERED_LEGS = 10_000;
/** How long a call that goes on anyway waits for the database: less than its switch waits for us. */
const INBOUND_PATIENCE_MS = 700;

/** Decides what a dialplan fetch is answered. One of these serves a node. */
export class CallAuthorizer {
  readonly #options: AuthorizerOptions;
  readonly #holds: Batcher<HoldRequest, HoldOutcome>;
  /** DIDs of inbound legs of late, for a leg that comes back without our mark. */
  readonly #inboundDids = new Map<string, number>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#holds = new Batcher({
      run: (requests) => this.#decideHolds(requests),
      maxBatch: MAX_BATCH,
      concurrency: 2,
      maxWaiting: MAX_WAITING,
    });
  }

  get waiting(): number {
    return this.#holds.waiting;
  }

  async drain(): Promise<void> {
    await this.#holds.drain();
  }

  /**
   * Answers one fetch. Free calls and refusals come from memory and are stored behind the answer;
   * paid ones wait for one shared transaction. A database that is away refuses paid calls only.
   */
  async authorize(received: CallRequest, snapshot: Snapshot): Promise<Authorization> {
    const request = this.#withRememberedDid(received);
    const { clock, settings, decisionLog } = this.#options;
    const nowUs = clock.nowUs();
    const plan = await this.#plan(request, snapshot);
    const callId = callIdOf(request);
    const decision = decisionOfPlan(request, plan, snapshot, settings);
    const call = { ...callColumns(request, plan, callId, nowUs) };
    if (plan.kind === 'refused') {
      this.#tell(plan.guardEvents, snapshot);
      const refused = { state: 'refused', reason: plan.reason, endedUs: nowUs } as const;
      decisionLog.add({ ...call, ...refused, expiresUs: nowUs, decision });
      return {
        callId,
        refusal: plan.reason,
        reply: refusalReply(request.context, plan.reason),
      };
    }
    if (plan.kind === 'free') {
      if (plan.owner.didId !== null) this.#rememberDid(request.legUuid, plan.owner.didId);
      const expiresUs = nowUs + (settings.maxCallS + settings.orphanGraceS) * 1_000_000;
      decisionLog.add({ ...call, state: 'authorized', expiresUs, decision });
      return { callId, refusal: null, reply: decisionReply(callId, decision, null, settings) };
    }
    if (plan.owner.didId !== null) this.#rememberDid(request.legUuid, plan.owner.didId);
    return this.#authorizePaid(request, plan, { callId, nowUs, decision, call, snapshot });
  }

  /**
   * Plans without a routing number first, since most calls need none: they stay inside, or no sheet is
   * rated by it. What is looked up and cannot be is no reason to guess a price.
   */
  async #plan(request: CallRequest, snapshot: Snapshot): Promise<CallPlan> {
    const { clock, settings, live = noLiveFacts, routingNumbers, log } = this.#options;
    const context = { snapshot, settings, nowMs: clock.nowMs(), live, routingNumber: null };
    const plan = planCall(request, context);
    if (routingNumbers === undefined || !dependsOnRouting(plan)) return plan;
    if (plan.routingNumberBy === 'caller' || !needsRoutingNumbers(snapshot)) return plan;
    try {
      const routingNumber = await routingNumbers.find(plan.destination);
      return routingNumber === null ? plan : planCall(request, { ...context, routingNumber });
    } catch (error) {
      log.error({ err: error, callUuid: request.legUuid }, 'routing number cannot be looked up');
      return refuse('database_unavailable', plan);
    }
  }

  #tell(events: readonly GuardEvent[] | undefined, { accounts }: Snapshot): void {
    if (events !== undefined) this.#options.breaches?.add(events, accounts);
  }

  #withRememberedDid(request: CallRequest): CallRequest {
    const { authenticated, legUuid } = request;
    const didId = authenticated.didId ?? this.#inboundDids.get(legUuid) ?? null;
    return { ...request, authenticated: { ...authenticated, didId } };
  }

  #rememberDid(legUuid: string, didId: number): void {
    this.#inboundDids.set(legUuid, didId);
    if (this.#inboundDids.size <= REMEMBERED_LEGS) return;
    const oldest = this.#inboundDids.keys().next().value;
    if (oldest !== undefined) this.#inboundDids.delete(oldest);
  }

  async #authorizePaid(
    request: CallRequest,
    plan: PaidPlan,
    draft: Pick<HoldRequest, 'callId' | 'nowUs' | 'decision' | 'call'> & { snapshot: Snapshot },
  ): Promise<Authorization> {
    const { settings, log } = this.#options;
    const { snapshot, ...rest } = draft;
    const mayGoOn = plan.direction === 'inbound' && settings.inboundWithoutDatabase === 'accept';
    try {
      const decided = this.#holds.submit({
        ...rest,
        decisionKey: draft.call.decisionKey,
        maxRoutes: plan.maxRoutes,
        limits: plan.limits,
        allowances: plan.allowances,
        dailyLimits: plan.dailyLimits,
        payers: plan.payers.map((payer) => holdPayer(payer, snapshot)),
        sliceS: settings.holdSliceS,
        maxS: settings.maxCallS,
        newsGraceUs: (settings.ringTimeoutS + settings.orphanGraceS) * 1_000_000,
      });
      const outcome = mayGoOn ? await withDeadline(decided, INBOUND_PATIENCE_MS) : await decided;
      if (outcome === null) return await this.#acceptUnpaid(request, plan, draft);
      if (outcome.isNew) this.#tell(eventsAfter(outcome, plan.guardEvents), snapshot);
      return authorizationOf(request, outcome, settings);
    } catch (error) {
      const isAway = isUnavailable(error) || error instanceof BatcherFullError;
      if (isAway && mayGoOn) return this.#acceptUnpaid(request, plan, draft);
      const reason: RefusalReason = isAway ? 'database_unavailable' : 'internal_error';
      log.error({ err: error, callUuid: request.legUuid, reason }, 'paid call not authorised');
      return { callId: null, refusal: reason, reply: refusalReply(request.context, reason) };
    }
  }

  /**
   * Lets an inbound call through while nobody can hold money for it. It may talk as long as any call,
   * and not a slice, because nobody could extend that either; what it talks is charged when the
   * database is back. A decision that cannot be kept would be a call for nothing: it is refused.
   */
  async #acceptUnpaid(
    request: CallRequest,
    plan: PaidPlan,
    draft: Pick<HoldRequest, 'callId' | 'nowUs' | 'decision' | 'call'>,
  ): Promise<Authorization> {
    const { settings, log, decisionLog } = this.#options;
    const { callId, nowUs, call } = draft;
    const grantedS = settings.maxCallS;
    const graceS = grantedS + settings.ringTimeoutS + settings.orphanGraceS;
    const decision: Decision = {
      ...draft.decision,
      ...(plan.allowances.length === 0 ? {} : { offers: plan.allowances }),
      steps: [...draft.decision.steps, { kind: 'accepted_without_database', seconds: grantedS }],
    };
    const expiresUs = nowUs + graceS * 1_000_000;
    try {
      await decisionLog.keep({ ...call, state: 'authorized', grantedS, expiresUs, decision });
    } catch (error) {
      const reason = 'database_unavailable';
      log.error({ err: error, callUuid: request.legUuid, reason }, 'inbound call not accepted');
      return { callId: null, refusal: reason, reply: refusalReply(request.context, reason) };
    }
    log.warn({ callId, callUuid: request.legUuid }, 'inbound call accepted without the database');
    return { callId, refusal: null, reply: decisionReply(callId, decision, grantedS, settings) };
  }

  /** A batch that fails as a whole is tried one by one, so that one bad call harms no other. */
  async #decideHolds(requests: readonly HoldRequest[]): Promise<readonly HoldOutcome[]> {
    const { database, log } = this.#options;
    try {
      return await decideHolds(database, requests);
    } catch (error) {
      if (requests.length === 1 || isUnavailable(error)) throw error;
      const settled = await Promise.all(
        requests.map((request) =>
          decideHolds(database, [request]).then(
            ([outcome]) => outcome,
            (failure: unknown) => {
              log.error({ err: failure, callId: request.callId }, 'paid call not authorised');
              return undefined;
            },
          ),
        ),
      );
      return settled.map((outcome, index) => outcome ?? failedOutcome(requests[index]));
    }
  }
}

/** What a routing number could change: the price, who carries the call, or that nobody does. */
export function dependsOnRouting(plan: CallPlan): boolean {
  if (plan.direction !== 'outbound') return false;
  if (plan.kind !== 'refused') return plan.kind === 'paid';
  return PRICED_REFUSALS.has(plan.reason);
}

const PRICED_REFUSALS: ReadonlySet<RefusalReason> = new Set([
  'destination_blocked',
  'night_rule',
  'no_carrier',
  'no_rate',
  'price_too_high',
  'would_lose_money',
]);

/** What is told of a call that money was asked for: what guards let pass only if it was granted. */
function eventsAfter(
  { refusal, dailyReached }: HoldOutcome,
  planned: readonly GuardEvent[] = [],
): readonly GuardEvent[] {
  if (refusal === null) return planned;
  return dailyReached === undefined ? [] : [dailySpendBreach(dailyReached)];
}

function failedOutcome(request: HoldRequest | undefined): HoldOutcome {
  if (request === undefined) throw new Error('batch: more results than requests');
  const { callId, decision } = request;
  return { callId, decision, grantedS: null, refusal: 'internal_error', isNew: false };
}

function authorizationOf(
  request: CallRequest,
  outcome: HoldOutcome,
  settings: AuthorizeSettings,
): Authorization {
  const { callId, refusal, decision, grantedS } = outcome;
  const reply =
    refusal === null
      ? decisionReply(callId, decision, grantedS, settings)
      : refusalReply(request.context, refusal);
  return { callId, refusal, reply, isNew: outcome.isNew };
}

function holdPayer(payer: FrozenPayer, snapshot: Snapshot): HoldPayer {
  return { ...payer, creditLimit: new Decimal(creditLimitOf(payer, snapshot)) };
}

/** How far a payer's money may go below zero, as an exact decimal string: an extension's has its own. */
export function creditLimitOf(
  { accountId, extensionId }: PayerIdentity,
  { accounts }: Snapshot,
): string {
  const isWallet = extensionId !== undefined && extensionId !== 0;
  const wallet = isWallet ? accounts.extensionById.get(extensionId)?.extension : undefined;
  const owner = isWallet ? wallet : accounts.accountById.get(accountId);
  return owner?.creditLimit ?? '0';
}

export function decisionOfPlan(
  request: CallRequest,
  plan: CallPlan,
  snapshot: Snapshot,
  settings: AuthorizeSettings,
): Decision {
  return {
    version: 1,
    context: request.context,
    callerNumber: plan.caller.number,
    callerName: plan.caller.name,
    ringTimeoutS: plan.kind === 'refused' ? settings.ringTimeoutS : plan.ringTimeoutS,
    operatorAccountId: snapshot.accounts.operator?.id ?? null,
    extensionId: plan.owner?.extension?.extension.id ?? null,
    didId: plan.owner?.didId ?? null,
    payers: plan.kind === 'paid' ? plan.payers : [],
    routes: plan.kind === 'paid' ? plan.routes : [],
    target: plan.kind === 'refused' ? null : plan.target,
    ...(plan.kind === 'paid' ? paidMembers(plan) : {}),
    steps: plan.steps,
  };
}

/** What only calls have that cost money or count against a limit. */
function paidMembers({ direction, limits, dailyLimits }: PaidPlan) {
  return {
    ...(direction === 'inbound' ? { metered: 'caller' as const } : {}),
    ...(limits.length > 0 ? { limits } : {}),
    ...(dailyLimits.length > 0 ? { dailyLimits } : {}),
  };
}

function callColumns(request: CallRequest, plan: CallPlan, callId: string, nowUs: number) {
  return {
    id: callId,
    decisionKey: decisionKeyOf(request),
    switchId: request.switchId,
    coreUuid: request.coreUuid,
    aLegUuid: request.legUuid,
    direction: plan.direction,
    accountId: plan.owner?.account.id ?? null,
    extensionId: plan.owner?.extension?.extension.id ?? null,
    didId: plan.owner?.didId ?? null,
    callerNumber: asciiText(request.callerNumber, 64),
    dialled: asciiText(request.dialled, 64),
    destination: asciiText(plan.destination, 64),
    routingNumber: plan.routingNumber,
    jurisdiction: plan.jurisdiction,
    currency: plan.kind === 'paid' ? (plan.payers[0]?.currency ?? null) : null,
    createdUs: nowUs,
  };
}
