/** One dated rate: from `effectiveFromMs` on, one unit of `from` is worth `rate` units of `to`. */
export interface ExchangeRate {
  readonly from: string;
  readonly to: string;
  /** Exact decimal string, above zero, at most ten decimals. */
  readonly rate: string;
  readonly effectiveFromMs: number;
}

/** Dated exchange rates, found by pair and instant. */
export class ExchangeRates {
  readonly #pairs = new Map<string, ExchangeRate[]>();

  constructor(rates: Iterable<ExchangeRate>) {
    for (const rate of rates) {
      const key = pairKey(rate.from, rate.to);
      const known = this.#pairs.get(key);
      if (known === undefined) this.#pairs.set(key, [rate]);
      else known.push(rate);
    }
    for (const known of this.#pairs.values()) {
      known.sort((first, second) => first.effectiveFromMs - second.effectiveFromMs);
    }
  }

  /**
   * Units of `to` for one unit of `from` at an instant, as an exact decimal string; `1` for the same
   * currency, null where no rate for this very pair is in force. Rates are never inverted or chained:
   * what two currencies are worth in each other is agreed, not derived.
   */
  rateAt(from: string, to: string, atMs: number): string | null {
    if (from === to) return '1';
    const known = this.#pairs.get(pairKey(from, to));
    return known?.findLast((rate) => rate.effectiveFromMs <= atMs)?.rate ?? null;
  }
}

function pairKey(from: string, to: string): string {
  return `${from}:${to}`;
}
