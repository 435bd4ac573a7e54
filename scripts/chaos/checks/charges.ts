import { cutSeconds } from '../../../rating/settlement/price-charge.js';
import { priceLeg } from '../../../rating/settlement/price-leg.js';
import { MOST_CLOCK_MS } from '../injections.js';
import {
  amountText,
  type Micros,
  micros,
  plainPrice,
  plainPriceOfSeconds,
  plainRateOf,
} from '../plain-price.js';
import { billUsOf, isBillable, type LegTruth } from '../truth.js';
import { chainOf } from '../world.js';
import { groupBy } from './evidence.js';
import type { ChargeRecord, Evidence, LegRecord, Problem } from './evidence.js';

/** Time between the end of a leg and its record that a report may take, beside a wrong clock. */
const SLACK_MS = 3_000;

/** Each answered leg through a carrier is charged once, to those who pay, at the exact price. */
export function checkCharges(evidence: Evidence): readonly Problem[] {
  return [
    ...evidence.truth.legs.flatMap((truth) => checkLeg(evidence, truth)),
    ...checkStrangers(evidence),
    ...checkPostings(evidence),
  ];
}

function checkLeg(evidence: Evidence, truth: LegTruth): readonly Problem[] {
  const { leg } = truth;
  const stored = evidence.legs.get(leg.uuid);
  const charges = evidence.charges.get(leg.uuid) ?? [];
  const problem = (what: string): Problem => problemOf(truth, what);
  if (!isBillable(truth)) {
    return charges.length === 0 ? [] : [problem('is charged, and was no answered carrier leg')];
  }
  if (stored === undefined) {
    // A switch that dies takes with it what nobody had heard of yet.
    const isExcused = truth.diedUntold && truth.heardUs === 0;
    return isExcused ? [] : [problem('was answered, and the engine knows nothing of it')];
  }
  if (stored.state !== 'settled') return [problem(`is ${stored.state}, not settled`)];
  return isTold(evidence, truth)
    ? checkExact(evidence, truth, stored, charges)
    : checkBounds(evidence, truth, stored, charges);
}

/** Whether an engine had the leg's own record before it had to do without. */
function isTold({ graceMs }: Evidence, truth: LegTruth): boolean {
  const { recordTakenMs, endedMs, diedUntold } = truth;
  if (diedUntold || recordTakenMs === null || endedMs === null) return false;
  return recordTakenMs <= endedMs + graceMs - MOST_CLOCK_MS - SLACK_MS;
}

function checkExact(
  evidence: Evidence,
  truth: LegTruth,
  stored: LegRecord,
  charges: readonly ChargeRecord[],
): readonly Problem[] {
  const billUs = billUsOf(truth);
  const problem = (what: string): Problem => problemOf(truth, what);
  const problems: Problem[] = [];
  if (stored.bill_us !== billUs) {
    problems.push(
      problem(
        `lasted ${String(billUs)} us, is settled with ${String(stored.bill_us)} by ${String(stored.source)}`,
      ),
    );
  }
  const cause = truth.leg.end?.cause ?? null;
  if (stored.hangup_cause !== cause) {
    problems.push(problem(`ended with ${String(cause)}, stored is ${String(stored.hangup_cause)}`));
  }
  const payerUs = paidUs(evidence, stored, billUs);
  const expected = expectedCharges(evidence, truth, { payerUs, carrierUs: billUs });
  problems.push(...compareCharges(truth, expected, charges));
  problems.push(...compareWithRating(evidence, truth, stored, charges));
  return problems;
}

/** A leg nobody could report: no more than its real time, no less than was surely heard. */
function checkBounds(
  evidence: Evidence,
  truth: LegTruth,
  stored: LegRecord,
  charges: readonly ChargeRecord[],
): readonly Problem[] {
  const { leg, heardUs } = truth;
  const mostUs = billUsOf(truth);
  const leastUs = Math.max(0, heardUs - leg.times.answerUs);
  const spans = `${String(leastUs)} to ${String(mostUs)} us`;
  if (stored.bill_us > mostUs || stored.bill_us < leastUs - 1_000_000) {
    return [
      problemOf(
        truth,
        `cannot be known better than ${spans}, is settled with ${String(stored.bill_us)} by ${String(stored.source)}`,
      ),
    ];
  }
  const payerUs = paidUs(evidence, stored, stored.bill_us);
  const expected = expectedCharges(evidence, truth, { payerUs, carrierUs: stored.bill_us });
  return compareCharges(truth, stored.bill_us > 0 ? expected : new Map(), charges);
}

/** Payers pay for no moment beyond what they were granted: the switch cuts up to a second late. */
function paidUs(evidence: Evidence, stored: LegRecord, billUs: number): number {
  const granted = grantedOf(evidence, stored);
  return granted === null ? billUs : Math.min(billUs, granted * 1_000_000);
}

function grantedOf(evidence: Evidence, stored: LegRecord): number | null {
  return evidence.calls.get(stored.call_id ?? '')?.granted_s ?? null;
}

/** By `payer:ID` and `carrier:CODE`, from the prices the world was given. */
function expectedCharges(
  { world, idByCode }: Evidence,
  { leg }: LegTruth,
  time: { readonly payerUs: number; readonly carrierUs: number },
): ReadonlyMap<string, Micros> {
  const expected = new Map<string, Micros>();
  const phoneDomain = leg.other?.spec.domain ?? '';
  for (const account of chainOf(world, phoneDomain)) {
    const rate = plainRateOf(world.sheets.get(account.sheet) ?? [], leg.spec.destination);
    const id = idByCode.get(account.code);
    if (rate === undefined || id === undefined) continue;
    expected.set(`payer:${String(id)}`, plainPrice(rate, time.payerUs));
  }
  const carrier = world.carriers.find(({ gateway }) => gateway === leg.spec.gateway);
  const rate = plainRateOf(world.sheets.get(carrier?.sheet ?? '') ?? [], leg.spec.destination);
  if (rate !== undefined) expected.set('carrier', plainPrice(rate, time.carrierUs));
  return expected;
}

function compareCharges(
  truth: LegTruth,
  expected: ReadonlyMap<string, Micros>,
  charges: readonly ChargeRecord[],
): readonly Problem[] {
  const found = new Map(
    charges.map(({ role, party_id: partyId, amount }) => [
      role === 'carrier' ? 'carrier' : `${role}:${String(partyId)}`,
      micros(amount),
    ]),
  );
  const problems: Problem[] = [];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const want = expected.get(key);
    const have = found.get(key);
    if (want === have) continue;
    const show = (value: Micros | undefined): string =>
      value === undefined ? 'nothing' : amountText(value);
    problems.push(problemOf(truth, `${key} is charged ${show(have)}, expected ${show(want)}`));
  }
  return problems;
}

/** The same with the engine's own arithmetic, from the rates frozen in the decision. */
function compareWithRating(
  evidence: Evidence,
  truth: LegTruth,
  stored: LegRecord,
  charges: readonly ChargeRecord[],
): readonly Problem[] {
  const call = evidence.calls.get(stored.call_id ?? '');
  if (call === undefined) return [problemOf(truth, 'belongs to no decision')];
  const { decision } = call;
  const priced = priceLeg({
    payers: decision.payers,
    route: decision.routes[stored.route_index ?? -1] ?? null,
    operatorAccountId: decision.operatorAccountId,
    billUs: stored.bill_us,
    cutAtSeconds: cutSeconds(stored.hangup_cause, call.granted_s, stored.bill_us),
  });
  const text = (list: readonly { readonly role: string; readonly amount: string }[]): string =>
    list
      .map(({ role, amount }) => `${role} ${amountText(micros(amount))}`)
      .sort()
      .join(', ');
  if (text(priced.charges) === text(charges)) return [];
  return [
    problemOf(truth, `is charged ${text(charges)}; its decision says ${text(priced.charges)}`),
  ];
}

/** Nothing is charged that no switch knows of. */
function checkStrangers(evidence: Evidence): readonly Problem[] {
  const strangers: Problem[] = [];
  for (const [legUuid, stored] of evidence.legs) {
    if (stored.bill_us === 0 || evidence.truth.get(legUuid) !== undefined) continue;
    strangers.push({ check: 'charges', what: `leg ${legUuid} never was on a switch`, legUuid });
  }
  return strangers;
}

/** One posting per charged leg, and its entries are what the charges say. */
function checkPostings({ entries, charges, truth }: Evidence): readonly Problem[] {
  const problems: Problem[] = [];
  const ofCalls = groupBy(
    entries.filter(({ kind }) => kind === 'call'),
    ({ reference }) => reference,
  );
  for (const [legUuid, list] of ofCalls) {
    const keys = new Set(list.map((entry) => entry.idempotency_key));
    const what = (text: string): void => {
      problems.push({ check: 'charges', what: `leg ${legUuid} ${text}`, legUuid });
    };
    if (keys.size > 1) what(`is posted ${String(keys.size)} times`);
    if (truth.get(legUuid) === undefined) what('is posted and never was');
    const taken = list
      .filter((entry) => entry.ledger_kind === 'client_credit')
      .reduce((sum, entry) => sum + micros(entry.amount), 0n);
    const charged = (charges.get(legUuid) ?? [])
      .filter(({ role }) => role !== 'carrier')
      .reduce((sum, { amount }) => sum + micros(amount), 0n);
    const size = taken < 0n ? -taken : taken;
    if (size !== charged)
      what(`is posted with ${amountText(size)}, charged ${amountText(charged)}`);
  }
  return problems;
}

/** Every leg ends before the money that was set aside for it does. */
export function checkCuts(evidence: Evidence): readonly Problem[] {
  return evidence.truth.legs.flatMap((truth) => {
    if (!isBillable(truth)) return [];
    const stored = evidence.legs.get(truth.leg.uuid);
    const granted = stored === undefined ? null : grantedOf(evidence, stored);
    if (granted === null) return [];
    const beyondUs = billUsOf(truth) - granted * 1_000_000;
    // The scheduler counts whole seconds, and the limit is one second longer than the grant.
    if (beyondUs <= 1_100_000) return [];
    const seconds = String(Math.round(beyondUs / 1000) / 1000);
    return [problemOf(truth, `talked ${seconds} s longer than the ${String(granted)} s granted`)];
  });
}

/** What one started increment of this leg costs its dearest payer: the most a limit may be missed by. */
export function dearestIncrement(evidence: Evidence, code: string): Micros {
  const account = evidence.world.accounts.find((one) => one.code === code);
  const rates = evidence.world.sheets.get(account?.sheet ?? '') ?? [];
  let dearest = 0n;
  for (const rate of rates) {
    const price = plainPriceOfSeconds(rate, Math.max(rate.initialS, rate.incrementS));
    if (price > dearest) dearest = price;
  }
  return dearest;
}

function problemOf(truth: LegTruth, what: string): Problem {
  const { leg } = truth;
  const callId = leg.variables.get('rl_call');
  return {
    check: 'charges',
    what: `leg ${leg.uuid} to ${leg.spec.destination} ${what}`,
    legUuid: leg.uuid,
    ...(callId === undefined ? {} : { callId }),
  };
}
