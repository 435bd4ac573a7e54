import type { z } from 'zod';
import type { Database, Queryable } from '../../db/client.js';
import { dialplanDocument } from '../../xml/documents/dialplan.js';
import type { DialplanRecord } from '../../xml/records.js';
import { decisionOfPlan } from '../calls/authorize-call.js';
import type { AuthorizeSettings } from '../calls/authorize-call.js';
import type { LiveFacts } from '../calls/live-facts.js';
import { decisionReply, refusalReply } from '../calls/reply-for-decision.js';
import type { Clock } from '../clock.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { carrierAnswers, routingAnswer } from './answer-carriers.js';
import { guardAnswers, targetAnswer } from './answer-guards.js';
import { includedTimes, inclusiveAnswers } from './answer-inclusive.js';
import { affordable } from './answer-limit.js';
import { payerAnswers } from './answer-payer-prices.js';
import { lookAtPayers } from './answer-payers.js';
import { numberReleases } from './answer-rates.js';
import { judge } from './judge.js';
import type { Verdict } from './judge.js';
import { loadBase } from './load-base.js';
import { planWhatIf } from './plan-what-if.js';
import type { PlannedWhatIf } from './plan-what-if.js';
import type { RouteQuestion, routeQuestionInput } from './question.js';
import { readBooks } from './read-books.js';
import { readCapacity } from './read-capacity.js';
import { PLACEHOLDER_UUID, requestOfQuestion, withCallerNumber } from './request-of-question.js';
import type { Asked } from './request-of-question.js';
import { routingNumberFinder } from './routing-number.js';
import { findSupposition } from './supposition.js';
import type { Supposition } from './supposition.js';
import type { RouteTest } from './types.js';

export interface RouteTestDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: AuthorizeSettings;
  /** The configuration of a running node; null to read it from the database. */
  readonly snapshot: Snapshot | null;
  readonly live: LiveFacts;
  /** The word a switch last had for a gateway; null where this process has not heard. */
  gatewayState(switchId: number, gateway: string): string | null;
}

/** One view of the data from first to last statement, and a server that refuses every write. */
const READ_ONLY = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const;

/**
 * What a call would do and why, by the code that decides calls; it leaves no trace. Money, holds and
 * channels are read as they are, without a lock, so the next real call may find them otherwise.
 *
 * @throws Refusal `invalid` or `not_found` for somebody or something that does not exist.
 */
export async function testRoute(
  deps: RouteTestDeps,
  input: z.output<typeof routeQuestionInput>,
): Promise<RouteTest> {
  return deps.database.orm.transaction((tx) => answer(tx, deps, input), READ_ONLY);
}

async function answer(
  tx: Queryable,
  deps: RouteTestDeps,
  input: z.output<typeof routeQuestionInput>,
): Promise<RouteTest> {
  const suppose = input.release === undefined ? null : await findSupposition(tx, input.release);
  const question = questionOf(input, suppose, deps.clock.nowMs());
  const loaded = deps.snapshot ?? (await loadBase(tx));
  const asked = requestOfQuestion(question, loaded);
  const base = withCallerNumber(loaded, asked.request, question.caller);
  const rates = question.isNow && suppose === null ? (deps.snapshot?.rates ?? null) : null;
  const planned = await planWhatIf(tx, {
    request: asked.request,
    base,
    settings: deps.settings,
    live: question.isNow ? deps.live : onAnotherDay(deps.live),
    atMs: question.atMs,
    suppose,
    rates,
    findRoutingNumber: await routingNumberFinder(tx, base, rates),
  });
  return compose(tx, deps, { question, suppose, asked, planned });
}

function questionOf(
  input: z.output<typeof routeQuestionInput>,
  suppose: Supposition | null,
  nowMs: number,
): RouteQuestion {
  const given = input.at === undefined ? null : Date.parse(input.at);
  // A draft is asked about for the time it is meant for, when that has not begun yet.
  const atMs = given ?? Math.max(nowMs, suppose?.effectiveFromMs ?? nowMs);
  return {
    from: input.from,
    to: input.to,
    atMs,
    isNow: atMs === nowMs,
    durationS: input.duration_s,
    caller: input.caller ?? null,
    switchName: input.switch ?? null,
  };
}

/** What gateways and carriers are up to now says nothing of another day; how good they are does. */
function onAnotherDay(live: LiveFacts): LiveFacts {
  return {
    gatewayDown: () => null,
    owedTo: () => null,
    routeQuality: (gatewayId, number, window) => live.routeQuality(gatewayId, number, window),
    averageCallS: (number, window) => live.averageCallS(number, window),
  };
}

interface Findings {
  readonly question: RouteQuestion;
  readonly suppose: Supposition | null;
  readonly asked: Asked;
  readonly planned: PlannedWhatIf;
}

async function compose(
  tx: Queryable,
  deps: RouteTestDeps,
  { question, suppose, asked, planned }: Findings,
): Promise<RouteTest> {
  const { plan, snapshot } = planned;
  const { atMs, durationS, isNow } = question;
  const payers = await lookAtPayers(tx, plan, snapshot, atMs);
  const capacity = await readCapacity(tx, plan, isNow ? deps.clock.nowUs() : null);
  const books = await readBooks(tx, plan);
  const money = affordable({ plan, payers, capacity, settings: deps.settings, ...books });
  const verdict = judge(plan, money, capacity);
  const facts = { plan, snapshot, atMs, durationS };
  const dialled = verdict.routes.map(({ gatewayName }) => gatewayName);
  const switchId = asked.switch?.row.id ?? null;
  const gatewayState = (gateway: string) =>
    switchId === null || !isNow ? null : deps.gatewayState(switchId, gateway);
  return {
    question: { ...question, at: new Date(atMs).toISOString(), switchId },
    suppose,
    outcome: verdict.outcome,
    refusal: verdict.refusal,
    direction: plan.direction,
    owner: ownerOf(planned),
    caller: plan.caller,
    number: {
      dialled: asked.request.dialled,
      destination: plan.destination,
      routingNumber: plan.routingNumber,
      jurisdiction: plan.jurisdiction,
    },
    target: targetAnswer(plan),
    payers: await numberReleases(
      tx,
      payerAnswers(payers, {
        ...facts,
        secondsOf: money?.secondsOf ?? null,
        included: includedTimes(plan, books),
      }),
    ),
    inclusive: inclusiveAnswers(plan, books, durationS),
    guards: guardAnswers(plan, books),
    limits: capacity.limits,
    routing: routingAnswer(plan),
    carriers: await numberReleases(
      tx,
      carrierAnswers({ ...facts, capacity, roomSteps: verdict.roomSteps, dialled, gatewayState }),
    ),
    limit: money?.answer ?? null,
    steps: [...plan.steps, ...verdict.steps],
    dialplan: dialplanDocument(replyOf(deps, asked, planned, verdict)),
  };
}

function ownerOf({ plan, snapshot }: PlannedWhatIf): RouteTest['owner'] {
  const { owner } = plan;
  if (owner === null) return null;
  const { account, extension, didId } = owner;
  return {
    accountId: account.id,
    account: account.name,
    extension: extension === null ? null : `${extension.extension.number}@${extension.domain}`,
    did: didId === null ? null : (snapshot.numbers.didById.get(didId)?.number ?? null),
  };
}

/** What the switch would be told, by the builder of real answers. */
function replyOf(
  { settings }: RouteTestDeps,
  { request }: Asked,
  { plan, snapshot }: PlannedWhatIf,
  { refusal, routes, grantedS, limitedByMoney }: Verdict,
): DialplanRecord {
  if (refusal !== null) return refusalReply(request.context, refusal);
  const planned = decisionOfPlan(request, plan, snapshot, settings);
  const decision = { ...planned, routes, ...(limitedByMoney ? { limitedByMoney } : {}) };
  return decisionReply(PLACEHOLDER_UUID, decision, grantedS, settings);
}
