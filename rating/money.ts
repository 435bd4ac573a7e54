import { Decimal as BaseDecimal } from 'decimal.js';
import type { RoundingMode } from './deck/types.js';

/**
 * Exact decimal arithmetic for money. Sixty significant digits hold every sum of 20-digit amounts
 * exactly, and leave more than forty digits behind the point of a quotient by 60, so that no
 * rounding decision can be changed by the cut. `toString` never uses an exponent.
 */
export const Decimal = BaseDecimal.clone({
  precision: 60,
  rounding: BaseDecimal.ROUND_HALF_EVEN,
  toExpNeg: -9e15,
  toExpPos: 9e15,
});
export type Decimal = BaseDecimal;

/** An amount as functions of this room accept it: a Decimal, or an exact decimal string. */
export type MoneyInput = Decimal | string;

/** Decimals of every amount that is stored or posted. */
export const AMOUNT_DECIMALS = 6;
/** Decimals of prices in a rate sheet, and of the scaled integers that carry them. */
export const PRICE_DECIMALS = 8;
/** One money unit as a scaled integer price. */
export const PRICE_SCALE = 100_000_000n;

const ZERO_CODE = 48;
const POINT_CODE = 46;
const DECIMAL_TEXT = /^-?\d{1,30}(\.\d{1,30})?$/;

const DECIMAL_JS_MODES: Readonly<Record<RoundingMode, BaseDecimal.Rounding>> = {
  up: BaseDecimal.ROUND_UP,
  half_up: BaseDecimal.ROUND_HALF_UP,
  half_even: BaseDecimal.ROUND_HALF_EVEN,
  down: BaseDecimal.ROUND_DOWN,
};

/** Tells whether the text is a plain decimal such as `-12.50`: no exponent, blank or separator. */
export function isMoneyText(text: string): boolean {
  return DECIMAL_TEXT.test(text);
}

/**
 * Reads a plain decimal string. `parseMoney('1234.5')` gives 1234.5.
 * @throws RangeError `invalid_amount` for anything else, also for `1e3`, `1,5`, `NaN` and blanks.
 */
export function parseMoney(text: string): Decimal {
  if (!isMoneyText(text)) throw new RangeError(`invalid_amount: '${text}' is not a plain decimal`);
  return new Decimal(text);
}

/** Brings either form of an amount to a Decimal; strings are read by {@link parseMoney}. */
export function toMoney(value: MoneyInput): Decimal {
  return typeof value === 'string' ? parseMoney(value) : value;
}

/**
 * Rounds to a number of decimals. `up` is away from zero whenever anything is left, `down` is
 * towards zero, the half modes differ on exact ties only. `roundMoney(1.0001, 2, 'up')` is 1.01.
 */
export function roundMoney(value: Decimal, decimals: number, mode: RoundingMode): Decimal {
  assertDecimals(decimals);
  if (!value.isFinite()) throw new RangeError(`invalid_amount: ${value.toString()} is not finite`);
  return value.toDecimalPlaces(decimals, DECIMAL_JS_MODES[mode]);
}

/**
 * Rounds the exact fraction `numerator / denominator` to an integer count of `10^-decimals` units.
 * `roundRatio(1n, 60n, 4, 'up')` is 167n, that is 0.0167. The denominator must be positive.
 */
export function roundRatio(
  numerator: bigint,
  denominator: bigint,
  decimals: number,
  mode: RoundingMode,
): bigint {
  assertDecimals(decimals);
  if (denominator <= 0n) throw new RangeError('invalid_ratio: the denominator must be positive');
  const negative = numerator < 0n;
  const scaled = (negative ? -numerator : numerator) * powerOfTen(decimals);
  const whole = scaled / denominator;
  const rest = scaled - whole * denominator;
  const rounded = rest !== 0n && roundsAway(whole, rest, denominator, mode) ? whole + 1n : whole;
  return negative ? -rounded : rounded;
}

function roundsAway(whole: bigint, rest: bigint, denominator: bigint, mode: RoundingMode): boolean {
  switch (mode) {
    case 'up':
      return true;
    case 'down':
      return false;
    case 'half_up':
      return rest * 2n >= denominator;
    case 'half_even':
      return rest * 2n > denominator || (rest * 2n === denominator && whole % 2n === 1n);
  }
}

/**
 * Text of an amount as it is stored and posted: always six decimals, never an exponent or a
 * thousands separator. `formatAmount(1234.5)` is `1234.500000`. A value with more decimals than the
 * ledger has is rounded half up to the sixth; only sheets that round at 7 or 8 decimals have such.
 */
export function formatAmount(value: Decimal): string {
  const text = roundMoney(value, AMOUNT_DECIMALS, 'half_up').toFixed(AMOUNT_DECIMALS);
  return text === '-0.000000' ? '0.000000' : text;
}

/**
 * Reads a decimal string as a scaled integer: `parseScaled('0.015', 8)` is 1500000n.
 * @throws RangeError `invalid_amount` when it is no plain decimal, `too_many_decimals` when digits
 * other than zero would be lost.
 */
export function parseScaled(text: string, decimals: number = PRICE_DECIMALS): bigint {
  if (!isMoneyText(text)) throw new RangeError(`invalid_amount: '${text}' is not a plain decimal`);
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * powerOfTen(decimals);
  const fraction = text.slice(point + 1);
  if (/[1-9]/.test(fraction.slice(decimals))) {
    throw new RangeError(`too_many_decimals: '${text}' has more than ${String(decimals)}`);
  }
  return BigInt(text.slice(0, point) + fraction.slice(0, decimals).padEnd(decimals, '0'));
}

/** The shortest decimal text of a scaled integer: `scaledToText(1500000n, 8)` is `0.015`. */
export function scaledToText(value: bigint, decimals: number = PRICE_DECIMALS): string {
  const text = scaledToFixed(value, decimals);
  if (decimals === 0) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO_CODE) end -= 1;
  return text.slice(0, text.charCodeAt(end - 1) === POINT_CODE ? end - 1 : end);
}

/** Decimal text of a scaled integer with all its decimals: `scaledToFixed(150n, 2)` is `1.50`. */
export function scaledToFixed(value: bigint, decimals: number): string {
  if (decimals === 0) return value.toString();
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  return `${value < 0n ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

/** The exact value of a finite Decimal as an integer over a power of ten. */
export function toRatio(value: Decimal): { numerator: bigint; denominator: bigint } {
  if (!value.isFinite()) throw new RangeError(`invalid_amount: ${value.toString()} is not finite`);
  const numerator = BigInt(value.toFixed().replace('.', ''));
  return { numerator, denominator: powerOfTen(value.decimalPlaces()) };
}

const POWERS: readonly bigint[] = Array.from({ length: 31 }, (_, power) => 10n ** BigInt(power));

/** 10 to a small whole power, from a table. */
export function powerOfTen(power: number): bigint {
  return POWERS[power] ?? 10n ** BigInt(power);
}

function assertDecimals(decimals: number): void {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 30) {
    throw new RangeError(`invalid_decimals: ${String(decimals)} is not a whole number of 0 to 30`);
  }
}
