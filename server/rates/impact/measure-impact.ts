import type { Queryable } from '../../../db/client.js';
import {
  countLegsToReprice,
  findLegsToReprice,
  readChargesOfLegs,
} from '../../../db/repositories/leg-charges.js';
import type { ChargeCursor, ChargeToReprice } from '../../../db/repositories/leg-charges.js';
import { partyCodes } from '../../../db/repositories/preview-facts.js';
import type { ExchangeRates } from '../../../rating/exchange/exchange-rates.js';
import { parseScaled } from '../../../rating/money.js';
import { repriceCharge } from '../reprice/reprice-charge.js';
import type { RepriceDeck } from '../reprice/reprice-charge.js';
import { amountIn, otherSideOf } from './other-side.js';
import { PartyTotals, shownAmount } from './party-totals.js';
import type { PricedTwice } from './party-totals.js';
import type { CallExample, Impact, PartyImpact } from './types.js';

const PAGE_LEGS = 500;
const MAX_PARTIES = 100;
const MAX_EXAMPLES = 10;

export interface ImpactScope {
  readonly sheetId: number;
  readonly currency: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ImpactTools {
  readonly deck: RepriceDeck;
  readonly rates: ExchangeRates;
  /** Told the share of the calls that is done, 0 to 1; may throw to stop. */
  onProgress(share: number): Promise<void>;
}

/**
 * Prices every call of a period that was charged by a sheet once more, by another deck, and adds up
 * the difference. Nothing is written. Calls are read in pages; what grows is one sum for each party.
 */
export async function measureImpact(
  db: Queryable,
  scope: ImpactScope,
  tools: ImpactTools,
): Promise<Impact> {
  const period = { fromUs: scope.fromMs * 1000, toUs: scope.toMs * 1000 };
  const charged = { ...period, sheetId: scope.sheetId };
  const total = await countLegsToReprice(db, charged);
  const sums = new ImpactSums(scope, tools);
  let done = 0;
  for (let after: ChargeCursor | null = null; ;) {
    const legs = await findLegsToReprice(db, charged, after, PAGE_LEGS);
    const uuids = legs.map((leg) => leg.legUuid);
    sums.add(await readChargesOfLegs(db, period, uuids));
    done += legs.length;
    await tools.onProgress(total === 0 ? 1 : Math.min(1, done / total));
    after = legs.at(-1) ?? null;
    if (legs.length < PAGE_LEGS || after === null) return sums.impact(db);
  }
}

class ImpactSums {
  private readonly total: PartyTotals;
  private readonly accounts = new Map<number, PartyTotals>();
  private readonly carriers = new Map<number, PartyTotals>();
  private readonly increases: { readonly rise: bigint; readonly example: CallExample }[] = [];
  private readonly missing: CallExample[] = [];
  private withoutExchange = 0;

  constructor(
    private readonly scope: ImpactScope,
    private readonly tools: ImpactTools,
  ) {
    this.total = new PartyTotals(scope.currency);
  }

  /** Takes all charges of some legs. */
  add(charges: readonly ChargeToReprice[]): void {
    const legs = new Map<string, ChargeToReprice[]>();
    for (const charge of charges) {
      const leg = legs.get(charge.legUuid);
      if (leg === undefined) legs.set(charge.legUuid, [charge]);
      else leg.push(charge);
    }
    for (const leg of legs.values()) {
      for (const charge of leg) {
        // A charge of this sheet in another currency is of a time before the sheet's rules.
        const isMeant =
          charge.sheetId === this.scope.sheetId && charge.currency === this.scope.currency;
        if (isMeant) this.addCharge(charge, leg);
      }
    }
  }

  async impact(db: Queryable): Promise<Impact> {
    return {
      from: new Date(this.scope.fromMs).toISOString(),
      to: new Date(this.scope.toMs).toISOString(),
      total: this.total.shown(),
      by_account: await listParties(db, 'account', this.accounts),
      by_carrier: await listParties(db, 'carrier', this.carriers),
      accounts_left_out: Math.max(0, this.accounts.size - MAX_PARTIES),
      carriers_left_out: Math.max(0, this.carriers.size - MAX_PARTIES),
      calls_without_exchange_rate: this.withoutExchange,
      greatest_increases: this.increases.map(({ example }) => example),
      without_rate: this.missing,
    };
  }

  private addCharge(charge: ChargeToReprice, leg: readonly ChargeToReprice[]): void {
    const repriced = repriceCharge(charge, this.tools.deck);
    const twice: PricedTwice = {
      oldAmount: parseScaled(charge.amount, 6),
      newAmount: repriced.kind === 'priced' ? parseScaled(repriced.amount, 6) : null,
      otherSide: this.otherAmount(charge, leg),
      isIncome: charge.role !== 'carrier',
    };
    this.total.add(twice);
    const accountId = accountOf(charge);
    const carrierId = charge.role === 'carrier' ? charge.partyId : charge.carrierId;
    for (const [parties, id] of [
      [this.accounts, accountId],
      [this.carriers, carrierId],
    ] as const) {
      if (id !== null) this.totalsOf(parties, id).add(twice);
    }
    this.keepExample(charge, twice, repriced.kind === 'priced' ? null : repriced.reason);
  }

  private otherAmount(charge: ChargeToReprice, leg: readonly ChargeToReprice[]): bigint | null {
    const other = otherSideOf(charge, leg);
    if (other === undefined) return null;
    const amount = amountIn(other, charge.currency, this.tools.rates);
    if (amount === null) this.withoutExchange += 1;
    return amount;
  }

  private totalsOf(parties: Map<number, PartyTotals>, id: number): PartyTotals {
    const known = parties.get(id) ?? new PartyTotals(this.scope.currency);
    parties.set(id, known);
    return known;
  }

  private keepExample(charge: ChargeToReprice, twice: PricedTwice, reason: string | null): void {
    const { oldAmount, newAmount } = twice;
    const rise = newAmount === null ? null : newAmount - oldAmount;
    if (rise === null) {
      if (this.missing.length < MAX_EXAMPLES) this.missing.push(exampleOf(charge, null, reason));
      return;
    }
    const last = this.increases.at(-1);
    const isFull = this.increases.length >= MAX_EXAMPLES;
    if (rise <= 0n || (isFull && last !== undefined && rise <= last.rise)) return;
    const at = this.increases.findIndex((rival) => rise > rival.rise);
    const example = exampleOf(charge, newAmount, null);
    this.increases.splice(at < 0 ? this.increases.length : at, 0, { rise, example });
    if (isFull) this.increases.pop();
  }
}

/** Whose price it is: the account charged, or the one of an extension that was, or of the call. */
function accountOf(charge: ChargeToReprice): number | null {
  switch (charge.role) {
    case 'payer':
      return charge.partyId;
    case 'extension':
      return charge.counterpartId;
    case 'carrier':
      return charge.accountId;
  }
}

function exampleOf(
  charge: ChargeToReprice,
  newAmount: bigint | null,
  reason: string | null,
): CallExample {
  return {
    leg_uuid: charge.legUuid,
    started_at: new Date(Math.floor(charge.startUs / 1000)).toISOString(),
    number: charge.number,
    currency: charge.currency,
    old_amount: charge.amount,
    new_amount: newAmount === null ? null : shownAmount(newAmount),
    reason,
  };
}

async function listParties(
  db: Queryable,
  role: 'account' | 'carrier',
  parties: ReadonlyMap<number, PartyTotals>,
): Promise<readonly PartyImpact[]> {
  const shown = [...parties]
    .sort(([firstId, first], [secondId, second]) =>
      first.weight === second.weight ? firstId - secondId : first.weight > second.weight ? -1 : 1,
    )
    .slice(0, MAX_PARTIES);
  const ids = shown.map(([id]) => id);
  const codes = await partyCodes(db, role, ids);
  return shown.map(([id, totals]) => ({ id, code: codes.get(id) ?? '', ...totals.shown() }));
}
