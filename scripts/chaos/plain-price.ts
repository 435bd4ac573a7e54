/**
 * A second opinion on prices, in whole numbers and without anything of `rating`: the sheets of the
 * chaos world have no more than a connect fee and two increments, so a few lines are enough.
 */
export interface PlainRate {
  readonly prefix: string;
  /** Money of four decimals at most, as text. */
  readonly perMinute: string;
  readonly connectFee: string;
  readonly initialS: number;
  readonly incrementS: number;
}

/** Millionths of a unit of money. */
export type Micros = bigint;

export function micros(amount: string): Micros {
  const match = /^(-?)(\d+)(?:\.(\d{1,8}))?$/.exec(amount);
  if (match === null) throw new Error(`not an amount: ${amount}`);
  const [, sign = '', whole = '0', rest = ''] = match;
  if (/[1-9]/.test(rest.slice(6))) throw new Error(`more than six decimals: ${amount}`);
  const value = BigInt(whole) * 1_000_000n + BigInt(rest.padEnd(6, '0').slice(0, 6));
  return sign === '-' ? -value : value;
}

export function amountText(value: Micros): string {
  const size = value < 0n ? -value : value;
  const text = size.toString().padStart(7, '0');
  return `${value < 0n ? '-' : ''}${text.slice(0, -6)}.${text.slice(-6)}`;
}

/** The rate with the longest matching prefix. */
export function plainRateOf(rates: readonly PlainRate[], number: string): PlainRate | undefined {
  return rates
    .filter((rate) => number.startsWith(rate.prefix))
    .sort((left, right) => right.prefix.length - left.prefix.length)[0];
}

/** What so many answered microseconds cost: started increments of started seconds, rounded half up. */
export function plainPrice(rate: PlainRate, billUs: number): Micros {
  if (billUs <= 0) return 0n;
  const seconds = Math.ceil(billUs / 1_000_000);
  return plainPriceOfSeconds(rate, seconds);
}

export function plainPriceOfSeconds(rate: PlainRate, seconds: number): Micros {
  if (seconds <= 0) return 0n;
  const beyond = Math.max(0, seconds - rate.initialS);
  const billed = rate.initialS + Math.ceil(beyond / rate.incrementS) * rate.incrementS;
  const sixtieths = BigInt(billed) * micros(rate.perMinute) + micros(rate.connectFee) * 60n;
  return (sixtieths + 30n) / 60n;
}
