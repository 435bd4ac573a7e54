import { Decimal } from 'decimal.js';
import type { CallApi } from './call-api.js';

export interface MoneyOfCalls {
  /** Calls asked about; at most the limit given. */
  readonly calls: number;
  /** Calls the engine has settled. */
  readonly settled: number;
  /** Sums by currency, as exact decimal texts. */
  readonly price: Readonly<Record<string, string>>;
  readonly cost: Readonly<Record<string, string>>;
}

const AT_ONCE = 8;

/** Asks the engine what the calls of a run cost. Sums are exact; text that is no number throws. */
export async function moneyOfCalls(
  api: CallApi,
  aLegUuids: readonly string[],
  most = 1_000,
): Promise<MoneyOfCalls> {
  const asked = aLegUuids.slice(0, most);
  const price = new Map<string, Decimal>();
  const cost = new Map<string, Decimal>();
  let settled = 0;
  for (let from = 0; from < asked.length; from += AT_ONCE) {
    const batch = asked.slice(from, from + AT_ONCE).map((uuid) => api.callsOf(uuid));
    for (const call of (await Promise.all(batch)).flat()) {
      if (call.state === 'settled') settled += 1;
      addMoney(price, call.currency, call.price);
      addMoney(cost, call.costCurrency, call.cost);
    }
  }
  return { calls: asked.length, settled, price: texts(price), cost: texts(cost) };
}

function addMoney(sums: Map<string, Decimal>, currency: string, amount: string): void {
  // A call that nobody pays has no currency.
  if (amount === '' || currency === '') return;
  sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(new Decimal(amount)));
}

function texts(sums: ReadonlyMap<string, Decimal>): Readonly<Record<string, string>> {
  return Object.fromEntries([...sums].map(([currency, sum]) => [currency, sum.toFixed()]));
}
