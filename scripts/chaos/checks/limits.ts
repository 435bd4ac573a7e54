import { amountText, micros } from '../plain-price.js';
import type { LegTruth } from '../truth.js';
import { chainOf } from '../world.js';
import { dearestIncrement } from './charges.js';
import { groupBy } from './evidence.js';
import type { Evidence, Problem } from './evidence.js';

/** How far below its limit each account ever was, where it was. */
export interface Overspend {
  readonly code: string;
  readonly byAmount: string;
  readonly legUuid: string;
}

/** Follows every account through the books, entry by entry. */
export function overspends({ entries, world, idByCode }: Evidence): readonly Overspend[] {
  return world.accounts.flatMap(({ code, creditLimit }) => {
    const id = idByCode.get(code);
    let balance = 0n;
    let worst = { below: 0n, legUuid: '' };
    for (const entry of entries) {
      if (entry.ledger_kind !== 'client_credit') continue;
      if (entry.owner_type !== 'account' || entry.owner_id !== id) continue;
      balance += micros(entry.amount);
      const below = -(balance + micros(creditLimit));
      if (below > worst.below) worst = { below, legUuid: entry.reference };
    }
    const { below, legUuid } = worst;
    return below > 0n ? [{ code, byAmount: amountText(below), legUuid }] : [];
  });
}

export function checkOverspend(evidence: Evidence): readonly Problem[] {
  return overspends(evidence).flatMap(({ code, byAmount, legUuid }) => {
    if (micros(byAmount) <= dearestIncrement(evidence, code)) return [];
    const what = `account ${code} was ${byAmount} below its limit`;
    return [{ check: 'limits', what, legUuid }];
  });
}

interface Span {
  readonly fromUs: number;
  readonly toUs: number;
  readonly legUuid: string;
}

/** No more calls at a time than a gateway or an account may have, in the switches' own truth. */
export function checkCapacity(evidence: Evidence): readonly Problem[] {
  const legs = evidence.truth.legs.filter(({ leg }) => leg.spec.kind === 'gateway');
  const gateways = evidence.world.carriers.flatMap(({ gateway, maxChannels }) => {
    if (maxChannels === null) return [];
    // A hunt that goes on to its next carrier is counted, but never refused: those are left out.
    const first = legs.filter(
      ({ leg }) => leg.spec.gateway === gateway && leg.variables.get('rl_route') === '0',
    );
    return tooMany(`gateway ${gateway}`, first.map(spanOf), maxChannels);
  });
  const accounts = evidence.world.accounts.flatMap(({ code, maxCalls }) => {
    if (maxCalls === null) return [];
    const own = legs.filter(({ leg }) =>
      chainOf(evidence.world, leg.other?.spec.domain ?? '').some((one) => one.code === code),
    );
    return tooMany(`account ${code}`, callSpans(own), maxCalls);
  });
  return [...gateways, ...accounts];
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

function tooMany(what: string, spans: readonly Span[], limit: number): readonly Problem[] {
  const { most, legUuid } = mostAtOnce(spans);
  if (most <= limit) return [];
  return [
    {
      check: 'limits',
      what: `${what} had ${String(most)} calls at a time, its limit is ${String(limit)}`,
      legUuid,
    },
  ];
}
