import { amountText, type Micros, micros, plainPriceOfSeconds } from '../plain-price.js';
import { isLetInBlindly, type LegTruth, payingPhone } from '../truth.js';
import { chainOf, type ChaosWorld } from '../world.js';
import { groupBy } from './evidence.js';
import type { Evidence, Problem } from './evidence.js';

/** How far below its limit a purse ever was, where it was. */
export interface Overspend {
  readonly who: string;
  readonly byAmount: string;
  readonly legUuid: string;
}

interface Purse {
  readonly who: string;
  readonly ownerType: 'account' | 'extension';
  readonly limit: string;
  readonly sheets: readonly string[];
}

function pursesOf(world: ChaosWorld): readonly Purse[] {
  const accounts = world.accounts.map(({ code, creditLimit, sheet }) => ({
    who: code,
    ownerType: 'account' as const,
    limit: creditLimit,
    sheets: [sheet, 'Inbound', 'Inbound wholesale'],
  }));
  const wallets = world.accounts.flatMap(({ phones, sheet }) =>
    phones
      .filter(({ ownCredit }) => ownCredit !== undefined)
      .map((phone) => ({
        who: phone.address,
        ownerType: 'extension' as const,
        limit: '0',
        sheets: [phone.sheet ?? sheet],
      })),
  );
  return [...accounts, ...wallets];
}

/** Follows every purse through the books, entry by entry. */
export function overspends({ entries, world, ids, truth }: Evidence): readonly Overspend[] {
  const blind = new Set<string>(
    truth.legs.filter((one) => isLetInBlindly(truth, one)).map(({ leg }) => leg.uuid),
  );
  return pursesOf(world).flatMap(({ who, ownerType, limit }) => {
    const id = ids.get(who);
    let balance = 0n;
    let worst = { below: 0n, legUuid: '' };
    for (const entry of entries) {
      if (entry.ledger_kind !== 'client_credit') continue;
      if (entry.owner_type !== ownerType || entry.owner_id !== id) continue;
      if (blind.has(entry.reference)) continue;
      balance += micros(entry.amount);
      const below = -(balance + micros(limit));
      if (below > worst.below) worst = { below, legUuid: entry.reference };
    }
    const { below, legUuid } = worst;
    return below > 0n ? [{ who, byAmount: amountText(below), legUuid }] : [];
  });
}

/** No purse is ever below its limit by more than one increment of one call. */
export function checkOverspend(evidence: Evidence): readonly Problem[] {
  const purses = new Map(pursesOf(evidence.world).map((purse) => [purse.who, purse]));
  return overspends(evidence).flatMap(({ who, byAmount, legUuid }) => {
    const sheets = purses.get(who)?.sheets ?? [];
    if (micros(byAmount) <= dearestIncrement(evidence.world, sheets)) return [];
    return [{ check: 'limits', what: `${who} was ${byAmount} below its limit`, legUuid }];
  });
}

function dearestIncrement(world: ChaosWorld, sheets: readonly string[]): Micros {
  let dearest = 0n;
  for (const rate of sheets.flatMap((sheet) => world.sheets.get(sheet) ?? [])) {
    const price = plainPriceOfSeconds(rate, Math.max(rate.initialS, rate.incrementS));
    if (price > dearest) dearest = price;
  }
  return dearest;
}

export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
  readonly legUuid: string;
}

/** No more calls at a time than anything may have, in the switches' own truth. */
export function checkCapacity(evidence: Evidence): readonly Problem[] {
  const { world, truth } = evidence;
  const outside = truth.legs.filter(({ leg }) => leg.spec.kind === 'gateway');
  const inbound = truth.legs.filter(({ leg }) => leg.spec.kind === 'carrier' && isLetIn(leg));
  const phoneOf = ({ leg }: LegTruth): string => payingPhone(world, leg);
  const gateways = world.carriers.flatMap(({ gateway, maxChannels }) => {
    // A hunt that goes on to its next carrier is counted, but never refused: those are left out.
    const first = outside.filter(
      ({ leg }) => leg.spec.gateway === gateway && leg.variables.get('rl_route') === '0',
    );
    return tooMany(`gateway ${gateway}`, first.map(spanOf), maxChannels);
  });
  const accounts = world.accounts.flatMap(({ code, maxCalls, phones }) => {
    const own = outside.filter((one) =>
      chainOf(world, phoneOf(one)).some((account) => account.code === code),
    );
    const ofPhones = phones.flatMap(({ address, maxCalls: most = null }) => {
      const calls = callSpans(own.filter((one) => phoneOf(one) === address));
      return tooMany(`phone ${address}`, calls, most);
    });
    return [...tooMany(`account ${code}`, callSpans(own), maxCalls), ...ofPhones];
  });
  const numbers = world.dids.flatMap(({ number, maxChannels }) => {
    const own = inbound.filter(
      (one) => one.leg.spec.destination === number && !isLetInBlindly(truth, one),
    );
    return tooMany(`number ${number}`, own.map(spanOf), maxChannels);
  });
  return [...gateways, ...accounts, ...numbers];
}

/** A refused caller's leg lives for a moment too, and counts nowhere. */
function isLetIn(leg: LegTruth['leg']): boolean {
  return leg.variables.has('rl_call');
}

function spanOf({ leg }: LegTruth): Span {
  return { fromUs: leg.times.startUs, toUs: leg.times.endUs, legUuid: leg.uuid };
}

/** One span for all attempts of a call. */
function callSpans(legs: readonly LegTruth[]): readonly Span[] {
  const byCall = groupBy(legs, ({ leg }) => leg.variables.get('rl_call') ?? leg.uuid);
  return [...byCall.values()].map((attempts) => {
    const spans = attempts.map(spanOf);
    return {
      fromUs: Math.min(...spans.map(({ fromUs }) => fromUs)),
      toUs: Math.max(...spans.map(({ toUs }) => toUs)),
      legUuid: spans[0]?.legUuid ?? '',
    };
  });
}

/** The most that ever were at a time; ends count before beginnings of the same moment. */
export function mostAtOnce(spans: readonly Span[]): {
  readonly most: number;
  readonly legUuid: string;
} {
  const moments = spans.flatMap(({ fromUs, toUs, legUuid }) => [
    { atUs: fromUs, step: 1, legUuid },
    { atUs: toUs, step: -1, legUuid },
  ]);
  moments.sort((left, right) => left.atUs - right.atUs || left.step - right.step);
  let now = 0;
  let worst = { most: 0, legUuid: '' };
  for (const { step, legUuid } of moments) {
    now += step;
    if (now > worst.most) worst = { most: now, legUuid };
  }
  return worst;
}

function tooMany(what: string, spans: readonly Span[], limit: number | null): readonly Problem[] {
  const { most, legUuid } = mostAtOnce(spans);
  if (limit === null || most <= limit) return [];
  const calls = `${String(most)} calls at a time, its limit is ${String(limit)}`;
  return [{ check: 'limits', what: `${what} had ${calls}`, legUuid }];
}

/** Inclusive seconds are used once, and no more of them than there are. */
export function checkInclusive({ buckets, world }: Evidence): readonly Problem[] {
  return buckets.flatMap((bucket) => {
    const { owner, total_s: totalS, used_s: usedS, held_s: heldS } = bucket;
    const granted =
      world.packages.find(({ name }) => name === owner)?.includedS ??
      (world.dids.find(({ number }) => number === owner)?.freeMinutes ?? 0) * 60;
    const isRight =
      totalS === granted &&
      usedS <= granted &&
      heldS === 0 &&
      usedS === Number(bucket.used_by_calls_s);
    if (isRight) return [];
    const found = `${String(usedS)} s used, ${bucket.used_by_calls_s} by calls, ${String(heldS)} held`;
    const what = `${owner}: ${found} of ${String(totalS)}, granted were ${String(granted)}`;
    return [{ check: 'inclusive', what }];
  });
}
