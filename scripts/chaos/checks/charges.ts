import { formatAmount } from '../../../rating/money.js';
import { cutSeconds, priceCharge } from '../../../rating/settlement/price-charge.js';
import { MOST_CLOCK_MS } from '../injections.js';
import {
  amountText,
  type Micros,
  micros,
  plainPrice,
  plainPriceOfSeconds,
  plainRateOf,
} from '../plain-price.js';
import { billUsOf, isBillable, type LegTruth, payersOf, payingPhone } from '../truth.js';
import type { ChaosWorld } from '../world.js';
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
  if (!isBillable(evidence.world, truth)) {
    return charges.length === 0
      ? []
      : [problem('is charged, and was no answered leg that costs anything')];
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
  const covered = coveredOf(evidence, truth, charges, payerUs);
  const time = { payerUs, carrierUs: billUs, coveredS: covered.coveredS };
  const expected = expectedCharges(evidence, truth, time);
  problems.push(...covered.problems);
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
  const { coveredS } = coveredOf(evidence, truth, charges, payerUs);
  const time = { payerUs, carrierUs: stored.bill_us, coveredS };
  const expected = expectedCharges(evidence, truth, time);
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

/** By `payer:ID`, `extension:ID` and `carrier`, from the prices the world was given. */
function expectedCharges(
  { world, ids }: Evidence,
  truth: LegTruth,
  time: { readonly payerUs: number; readonly carrierUs: number; readonly coveredS: number },
): ReadonlyMap<string, Micros> {
  const { leg } = truth;
  const expected = new Map<string, Micros>();
  const rateIn = (sheet: string) =>
    plainRateOf(world.sheets.get(sheet) ?? [], leg.spec.destination);
  const paidS = Math.ceil(time.payerUs / 1_000_000);
  for (const [level, { kind, who, sheet }] of payersOf(world, truth).entries()) {
    const rate = rateIn(sheet);
    if (rate === undefined) continue;
    const seconds = level === 0 ? paidS - time.coveredS : paidS;
    const role = kind === 'account' ? 'payer' : 'extension';
    expected.set(`${role}:${String(ids.get(who))}`, plainPriceOfSeconds(rate, seconds));
  }
  const carrier = world.carriers.find(({ gateway }) => gateway === leg.spec.gateway);
  const rate = carrier === undefined ? undefined : rateIn(carrier.sheet);
  if (rate !== undefined) expected.set('carrier', plainPrice(rate, time.carrierUs));
  return expected;
}

/** Seconds that inclusive time covers, which only its own numbers and no more than the talk may be. */
function coveredOf(
  { world }: Evidence,
  truth: LegTruth,
  charges: readonly ChargeRecord[],
  payerUs: number,
): { readonly coveredS: number; readonly problems: readonly Problem[] } {
  const coveredS = charges.reduce((sum, { covered_s: seconds }) => sum + seconds, 0);
  const byOthers = charges.some(
    ({ level, role, covered_s: seconds }) => seconds > 0 && (level > 0 || role === 'carrier'),
  );
  const most = mayBeCovered(world, truth) ? Math.ceil(payerUs / 1_000_000) : 0;
  if (coveredS <= most && !byOthers) return { coveredS, problems: [] };
  const what = `has ${String(coveredS)} s covered, at most ${String(most)} of its first payer may be`;
  return { coveredS, problems: [problemOf(truth, what)] };
}

function mayBeCovered(world: ChaosWorld, truth: LegTruth): boolean {
  const { leg } = truth;
  const did = world.dids.find(({ number }) => number === leg.spec.destination);
  if (leg.spec.kind === 'carrier') return (did?.freeMinutes ?? 0) > 0;
  const [first] = payersOf(world, truth);
  const phone = payingPhone(world, leg);
  return world.packages.some((one) => {
    const isTheirs =
      first?.kind === 'extension'
        ? one.phone === first.who
        : one.account === first?.who && (one.phone === null || one.phone === phone);
    return isTheirs && one.prefixes.some((prefix) => leg.spec.destination.startsWith(prefix));
  });
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
  const cutAtSeconds = cutSeconds(stored.hangup_cause, call.granted_s, stored.bill_us);
  const time = { billUs: stored.bill_us, cutAtSeconds };
  const coveredSeconds = charges.reduce((sum, { covered_s: seconds }) => sum + seconds, 0);
  const priced = decision.payers.map(({ extensionId, rate }, level) => {
    const role = extensionId === undefined ? 'payer' : 'extension';
    const own = { role, rate, ...time, ...(level === 0 ? { coveredSeconds } : {}) } as const;
    return { role, amount: formatAmount(priceCharge(own).cost) };
  });
  const route = decision.routes[stored.route_index ?? -1];
  const byCarrier =
    route === undefined
      ? []
      : [
          {
            role: 'carrier',
            amount: formatAmount(priceCharge({ role: 'carrier', rate: route.rate, ...time }).cost),
          },
        ];
  const text = (list: readonly { readonly role: string; readonly amount: string }[]): string =>
    list
      .map(({ role, amount }) => `${role} ${amountText(micros(amount))}`)
      .sort()
      .join(', ');
  if (text([...priced, ...byCarrier]) === text(charges)) return [];
  return [
    problemOf(
      truth,
      `is charged ${text(charges)}; its decision says ${text([...priced, ...byCarrier])}`,
    ),
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
    if (!isBillable(evidence.world, truth)) return [];
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
