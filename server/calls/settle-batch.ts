import type { Database, Queryable } from '../../db/client.js';
import { addSpent } from '../../db/repositories/account-days.js';
import type { DaySpending } from '../../db/repositories/account-days.js';
import { useAndReleaseAllowances } from '../../db/repositories/allowances.js';
import type { AllowanceUse } from '../../db/repositories/allowances.js';
import { applyBalanceChanges } from '../../db/repositories/balances.js';
import { findCallsWithOpenLegs, touchCalls } from '../../db/repositories/calls.js';
import type { CallRow } from '../../db/repositories/calls.js';
import { deleteInboxRows, failInboxRows, postponeInboxRows } from '../../db/repositories/inbox.js';
import { insertLegCharges } from '../../db/repositories/leg-charges.js';
import type { NewLegCharge } from '../../db/repositories/leg-charges.js';
import { appendPostings } from '../../db/repositories/ledger.js';
import type { Posting } from '../../db/repositories/ledger.js';
import {
  insertLegs,
  lockLegs,
  recordLegDifferences,
  settleAnsweredLegs,
} from '../../db/repositories/legs.js';
import type { LegDifference, LegRow, NewLeg } from '../../db/repositories/legs.js';
import { recordQuality } from '../../db/repositories/quality.js';
import type { QualityIncrement } from '../../db/repositories/quality.js';
import { inTransaction, isDuplicateKey } from '../../db/transaction.js';
import { qualityOf } from '../quality/quality-of-leg.js';
import { asciiWord } from './ascii-text.js';
import { isLimited, moveClaims } from './channel-claims.js';
import type { FailedAttempt } from './channel-claims.js';
import { endAndRelease } from './end-and-release.js';
import type { EndedCall } from './end-and-release.js';
import { decisionOf } from './hold-batch.js';
import { isForeign } from './foreign-report.js';
import { openHeldSeconds } from './held-seconds.js';
import type { HeldSeconds } from './held-seconds.js';
import { lockReportedCalls } from './lock-reported-calls.js';
import { isMetered, isPaidLeg, matchLeg } from './match-leg.js';
import type { LegMatch } from './match-leg.js';
import { postingKey } from './posting-key.js';
import type { LegEnded } from './reports.js';
import { compareReports, settledLeg } from './settled-leg.js';

export interface SettleItem {
  readonly report: LegEnded;
  readonly switchId: number;
  /** The inbox row the report came from; deleted when it is settled. */
  readonly inboxId: string | null;
  /** Give up waiting for the decision the leg names and settle it as an unknown leg. */
  readonly isLastTry: boolean;
}

/** `foreign`: a report about what another switch carries, kept as failed and not acted on. */
export type SettleOutcome = 'settled' | 'already_settled' | 'differs' | 'unknown_call' | 'foreign';

/** How long a report waits before it is tried again, when its decision is not stored yet. */
const POSTPONE_US = 2_000_000;

/**
 * Settles final reports of legs, all in one transaction: price, CDR, balanced posting, release of the
 * hold, inclusive seconds used, end of the call, what it says of its gateway, removal from the inbox.
 * Every source ends here. Rows are locked in one order (calls, legs, quality, balances, inclusive
 * seconds, days of accounts), so nodes that settle the same legs
 * wait for each other; the leg's primary key and the posting's unique key make a second settlement
 * impossible whatever happens.
 */
export async function settleReports(
  database: Database,
  items: readonly SettleItem[],
  nowUs: number,
): Promise<readonly SettleOutcome[]> {
  const settle = () =>
    inTransaction(database, (tx) => settleInTransaction(tx, database, items, nowUs));
  try {
    return await settle();
  } catch (error) {
    // Another node stored one of these legs between our look and our write: now it is found.
    if (isDuplicateKey(error)) return settle();
    throw error;
  }
}

interface Work {
  readonly inserts: NewLeg[];
  readonly updates: NewLeg[];
  readonly postings: Posting[];
  readonly charges: NewLegCharge[];
  /** What the legs add to the quality of their gateways. */
  readonly quality: QualityIncrement[];
  /** Attempts that were not answered: the channels of their calls move on. */
  readonly failed: FailedAttempt[];
  readonly differences: LegDifference[];
  readonly doneInbox: string[];
  readonly laterInbox: string[];
  readonly foreignInbox: string[];
  /** Calls a settled leg ended: by their own paid leg, or because the caller went away. */
  readonly endings: Map<string, EndedCall>;
  /** Calls of answered legs, whether they end with them or not. */
  readonly talked: Set<string>;
  readonly uses: AllowanceUse[];
  readonly spending: DaySpending[];
  readonly seen: Map<string, NewLeg>;
}

async function settleInTransaction(
  tx: Queryable,
  database: Database,
  items: readonly SettleItem[],
  nowUs: number,
): Promise<readonly SettleOutcome[]> {
  const calls = await lockReportedCalls(
    tx,
    items.map((item) => item.report),
  );
  const legs = await lockLegs(tx, [
    ...items.map((item) => item.report.legUuid),
    ...calls.map((call) => call.aLegUuid),
  ]);
  const open = await findCallsWithOpenLegs(
    tx,
    calls.map((call) => call.id),
    items.map((item) => item.report.legUuid),
  );
  const work: Work = {
    inserts: [],
    updates: [],
    postings: [],
    charges: [],
    quality: [],
    failed: [],
    differences: [],
    doneInbox: [],
    laterInbox: [],
    foreignInbox: [],
    endings: new Map(),
    talked: new Set(),
    uses: [],
    spending: [],
    seen: new Map(),
  };
  const talked = items.filter(({ report }) => report.billUs > 0);
  const talk = new Map(talked.map(({ report }) => [report.legUuid, report.billUs]));
  const held = await openHeldSeconds(tx, database, calls, talk);
  const outcomes = items.map((item) => settleOne(item, { calls, legs, open, held, work }));
  await writeWork(tx, database, work, nowUs);
  return outcomes;
}

interface SettleContext {
  readonly calls: readonly CallRow[];
  readonly legs: ReadonlyMap<string, LegRow>;
  readonly open: ReadonlySet<string>;
  readonly held: HeldSeconds;
  readonly work: Work;
}

function settleOne(item: SettleItem, context: SettleContext): SettleOutcome {
  const { report, inboxId, switchId } = item;
  const { work } = context;
  const known = context.legs.get(report.legUuid);
  const isOfOther = known !== undefined && known.switchId !== switchId;
  if (isOfOther || isForeign(report, switchId, context.calls)) {
    if (inboxId !== null) work.foreignInbox.push(inboxId);
    return 'foreign';
  }
  const settled = work.seen.get(report.legUuid) ?? (known?.state === 'settled' ? known : undefined);
  if (settled !== undefined) {
    if (inboxId !== null) work.doneInbox.push(inboxId);
    const difference = compareReports(settled, report);
    if (difference === null) return 'already_settled';
    work.differences.push(difference);
    return 'differs';
  }
  const match = matchLeg(report, report.startUs, context.calls);
  if (isUndecided(report, match) && !item.isLastTry) {
    if (inboxId !== null) work.laterInbox.push(inboxId);
    return 'unknown_call';
  }
  const isTalk = isPaidLeg(match) && report.billUs > 0;
  const included = isTalk ? context.held.take(match.call.id) : [];
  const { leg, posting, charges, usedSeconds, spending } = settledLeg(item, match, included);
  included.forEach(({ hold }, index) => {
    work.uses.push({ ...hold, usedS: usedSeconds[index] ?? 0 });
  });
  work.spending.push(...spending);
  work.seen.set(report.legUuid, leg);
  (known === undefined ? work.inserts : work.updates).push(leg);
  if (posting !== null) work.postings.push(posting);
  work.charges.push(...charges);
  noteAttempt(report, match, work);
  if (inboxId !== null) work.doneInbox.push(inboxId);
  if (report.billUs > 0) noteTalk(report, match, context);
  noteEndings(report, match, context);
  return 'settled';
}

/** True while the decision a leg was sent on by is not stored. */
function isUndecided(report: LegEnded, { call }: LegMatch): boolean {
  if (call === null) return report.callId !== null;
  return report.isMetered === true && !isMetered(call);
}

/** What an attempt on a carrier says of its gateway, and that its call goes on to the next one. */
function noteAttempt(report: LegEnded, match: LegMatch, work: Work): void {
  const quality = qualityOf(report, match);
  if (quality !== null) work.quality.push(quality);
  const { call, decision, routeIndex } = match;
  if (call === null || decision === null || routeIndex === null || report.billUs > 0) return;
  const { hangupCause } = report;
  work.failed.push({ callId: call.id, routeIndex, decision, hangupCause });
}

function noteTalk(report: LegEnded, { call }: LegMatch, { calls, work }: SettleContext): void {
  if (call !== null) work.talked.add(call.id);
  for (const { id, aLegUuid } of calls) if (aLegUuid === report.legUuid) work.talked.add(id);
}

/** Which calls are over with this leg, so that their holds are free again. */
function noteEndings(report: LegEnded, match: LegMatch, context: SettleContext): void {
  const { endings } = context.work;
  const end = { reason: asciiWord(report.hangupCause, 64), endedUs: report.endUs };
  if (isPaidLeg(match) && report.billUs > 0) {
    endings.set(match.call.id, endedCall(match.call, 'settled', end, context));
    if (match.kind === 'carrier') return;
  }
  // A caller who left while the far leg ran on (attended transfer) ended nothing; that leg does now.
  const callerLeg = match.kind === 'caller' ? report.legUuid : goneCaller(match, context);
  if (callerLeg === null) return;
  for (const call of context.calls) {
    const isOwn = call.aLegUuid === callerLeg;
    if (!isOwn || context.open.has(call.id) || endings.has(call.id)) continue;
    if (mayTalkOn(call, context)) continue;
    const wasFree = call.grantedS === null && report.billUs > 0;
    endings.set(call.id, endedCall(call, wasFree ? 'settled' : 'released', end, context));
  }
}

/**
 * A caller who was answered left, and nobody has told of the leg that answered: it may run on, after an
 * attended transfer whose events were lost. Its record ends the call, or the comparison with the
 * switch, which adopts what lives and gives back what does not.
 */
function mayTalkOn(call: CallRow, { legs, work }: SettleContext): boolean {
  if (call.state !== 'authorized' || call.grantedS === null) return false;
  if (decisionOf(call).metered !== undefined) return false;
  const caller = work.seen.get(call.aLegUuid) ?? legs.get(call.aLegUuid);
  return (caller?.billUs ?? 0) > 0;
}

function endedCall(
  call: CallRow,
  state: EndedCall['state'],
  end: Pick<EndedCall, 'reason' | 'endedUs'>,
  { held }: SettleContext,
): EndedCall {
  const isLimitedCall = isLimited(decisionOf(call));
  return { id: call.id, state, isLimited: isLimitedCall, unused: held.unusedOf(call.id), ...end };
}

function goneCaller(match: LegMatch, context: SettleContext): string | null {
  const legUuid = match.call?.aLegUuid;
  if (legUuid === undefined) return null;
  const isGone = context.legs.get(legUuid)?.state === 'settled' || context.work.seen.has(legUuid);
  return isGone ? legUuid : null;
}

async function writeWork(
  tx: Queryable,
  database: Database,
  work: Work,
  nowUs: number,
): Promise<void> {
  const endings = [...work.endings.values()];
  const { changes, unused } = await endAndRelease(tx, database, endings, nowUs);
  await touchCalls(
    tx,
    [...work.talked].filter((id) => !work.endings.has(id)),
  );
  const posted = await appendPostings(tx, database, work.postings, changes);
  const withTransaction = (leg: NewLeg): NewLeg => ({
    ...leg,
    transactionId: posted.get(postingKey(leg.legUuid))?.transactionId ?? null,
  });
  await insertLegs(tx, work.inserts.map(withTransaction));
  await settleAnsweredLegs(tx, work.updates.map(withTransaction));
  // After the calls that end and the legs: where a call stands follows from what is stored.
  await moveClaims(tx, work.failed);
  await insertLegCharges(tx, work.charges);
  await recordLegDifferences(tx, work.differences);
  await deleteInboxRows(tx, work.doneInbox);
  await failInboxRows(tx, work.foreignInbox, 'the leg belongs to another switch');
  await postponeInboxRows(tx, work.laterInbox, nowUs + POSTPONE_US, 'its decision is not stored');
  // Late, because the calls of a quarter hour over one gateway meet in few rows, and what is shared by
  // all calls of an account last: its balance, its inclusive seconds, its day.
  await recordQuality(tx, work.quality);
  await applyBalanceChanges(tx, changes.all);
  await useAndReleaseAllowances(tx, [...work.uses, ...unused], nowUs);
  await addSpent(tx, work.spending);
}
