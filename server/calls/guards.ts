import { dayOf } from '../../rating/allowance/periods.js';
import { Decimal } from '../../rating/money.js';
import type { FrozenRate } from '../../rating/deck/types.js';
import { zoneNamed } from '../../rating/time/zone.js';
import type { AccountGuardRow, AccountRow } from '../../db/repositories/snapshot.js';
import type { AccountsSnapshot } from '../snapshot/snapshot.js';
import type { GuardEvent, GuardRule } from './call-plan.js';
import { countryOf } from './country.js';
import type { DailyLimit, DecisionStep } from './decision.js';

/** An account whose guard is asked, at the price it is to pay. */
export interface GuardedPayer {
  readonly account: AccountRow;
  readonly rate: FrozenRate;
}

export interface GuardedCall {
  /** E.164 digits of the number called. */
  readonly destination: string;
  readonly nowMs: number;
  readonly accounts: AccountsSnapshot;
}

/** What guards say of a call. */
export interface GuardFindings {
  /** The rule that refuses it; null for none. */
  readonly reason: GuardRule | null;
  readonly events: readonly GuardEvent[];
  readonly steps: readonly DecisionStep[];
}

/**
 * Asks the guards of those who pay an outbound call: ceilings of the price, by day and by night, and
 * countries that were never called. The first breach ends it; a country that is only told about lets
 * the call pass.
 */
export function askGuards(payers: readonly GuardedPayer[], call: GuardedCall): GuardFindings {
  const events: GuardEvent[] = [];
  for (const payer of payers) {
    const guard = call.accounts.guardByAccount.get(payer.account.id);
    const event = guard === undefined ? null : eventOf(guard, payer, call);
    if (event === null) continue;
    events.push(event);
    if (event.kind === 'breach') return { reason: event.rule, events, steps: events.map(stepOf) };
  }
  return { reason: null, events, steps: events.map(stepOf) };
}

/** What those who pay may spend on their local day, where their guards limit it. */
export function dailyLimitsOf(
  payers: readonly Pick<GuardedPayer, 'account'>[],
  { nowMs, accounts }: Pick<GuardedCall, 'nowMs' | 'accounts'>,
): readonly DailyLimit[] {
  return payers.flatMap(({ account }): DailyLimit[] => {
    const limit = accounts.guardByAccount.get(account.id)?.dailySpend ?? null;
    if (limit === null) return [];
    return [{ accountId: account.id, day: dayOf(account.timeZone, nowMs), limit }];
  });
}

/** What is told when a day's limit refused a call. */
export function dailySpendBreach({ accountId, day, limit }: DailyLimit): GuardEvent {
  return { kind: 'breach', accountId, rule: 'daily_spend_reached', day, detail: { limit } };
}

function eventOf(
  guard: AccountGuardRow,
  payer: GuardedPayer,
  call: GuardedCall,
): GuardEvent | null {
  return (
    priceBreach(guard, payer, call) ??
    nightBreach(guard, payer, call) ??
    countryEvent(guard, payer, call)
  );
}

function priceBreach(
  { maxPricePerMinute: ceiling }: AccountGuardRow,
  payer: GuardedPayer,
  call: GuardedCall,
): GuardEvent | null {
  if (ceiling === null) return null;
  const price = dearestMinute(payer.rate);
  if (price.lte(ceiling)) return null;
  return event('breach', 'price_too_high', payer, call, priceDetail(price, ceiling, payer));
}

function nightBreach(
  { nightFrom, nightTo, nightMaxPricePerMinute: ceiling }: AccountGuardRow,
  payer: GuardedPayer,
  call: GuardedCall,
): GuardEvent | null {
  if (nightFrom === null || nightTo === null || ceiling === null) return null;
  const price = dearestMinute(payer.rate);
  if (price.lte(ceiling)) return null;
  const time = wallClock(payer.account.timeZone, call.nowMs);
  if (!isBetween(time, nightFrom, nightTo)) return null;
  const window = { time, nightFrom, nightTo, timeZone: payer.account.timeZone };
  const detail = { ...priceDetail(price, ceiling, payer), ...window };
  return event('breach', 'night_rule', payer, call, detail);
}

/** The number's country is asked for only where a guard wants to know: it takes a while to tell. */
function countryEvent(
  { accountId, newCountry }: AccountGuardRow,
  payer: GuardedPayer,
  call: GuardedCall,
): GuardEvent | null {
  if (newCountry === 'off') return null;
  const country = countryOf(call.destination);
  if (call.accounts.countriesByAccount.get(accountId)?.has(country) === true) return null;
  const kind = newCountry === 'block' ? 'breach' : 'alert';
  return { ...event(kind, 'new_country', payer, call, { country }), country };
}

function event(
  kind: GuardEvent['kind'],
  rule: GuardRule,
  { account }: GuardedPayer,
  { destination, nowMs }: GuardedCall,
  detail: Readonly<Record<string, string>>,
): GuardEvent {
  const day = dayOf(account.timeZone, nowMs);
  return { kind, accountId: account.id, rule, day, detail: { destination, ...detail } };
}

function priceDetail(price: Decimal, ceiling: string, { account, rate }: GuardedPayer) {
  const { row } = rate;
  return {
    pricePerMinute: price.toFixed(),
    ceiling,
    currency: account.currency,
    prefix: row.prefix,
    zone: row.destination,
  };
}

/** The dearest minute a row may come to: later tiers and other times of day of the call included. */
function dearestMinute({ row, slots = [] }: FrozenRate): Decimal {
  const prices = [row, ...slots.map((slot) => slot.row)].flatMap((one) => [
    one.ratePerMinute,
    ...(one.initialRatePerMinute === undefined ? [] : [one.initialRatePerMinute]),
    ...(one.tiers ?? []).map((tier) => tier.ratePerMinute),
  ]);
  return Decimal.max(...prices.map((price) => new Decimal(price)));
}

/** `HH:MM` on the wall of a zone. */
function wallClock(timeZone: string, atMs: number): string {
  const minutes = Math.floor(zoneNamed(timeZone).localTime(atMs).secondOfDay / 60);
  const pad = (part: number) => String(part).padStart(2, '0');
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

/** Half-open; a window that ends before it begins is over midnight, one without a length all day. */
function isBetween(time: string, from: string, to: string): boolean {
  if (from < to) return from <= time && time < to;
  return from <= time || time < to;
}

function stepOf({ kind, accountId, rule, detail }: GuardEvent): DecisionStep {
  return { kind: 'guard', accountId, rule, outcome: kind, ...detail };
}
