import type { DecimalMark } from './types.js';

/** A price as text of digits, or why it is none. */
export type PriceReading =
  | { readonly kind: 'price'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'blocked' }
  | {
      readonly kind: 'wrong';
      readonly code: 'invalid_price' | 'negative_price' | 'ambiguous_number' | 'mixed_decimals';
      readonly detail: string;
    };

/** What a price's own form says about the character before its decimals. */
export type DecimalHint = 'point' | 'comma' | 'either' | 'none';

const CURRENCY =
  /[$€£¥₹₪₺₽¢]|\b(?:USD|EUR|GBP|CHF|CAD|AUD|INR|JPY|CNY|ILS|AED|ZAR|BRL|MXN|SEK|NOK|DKK|PLN|SGD|HKD|TRY)\b/gi;
const MISSING = /^(?:|-+|–|—|n\/?a|null|none|tba|tbd)$/i;
const BLOCKED = /^(?:blocked|closed|barred|forbidden|no ?route|not ?available)$/i;
const GROUPS = { '.': /^\d{1,3}(?:,\d{3})+$/, ',': /^\d{1,3}(?:\.\d{3})+$/ } as const;
const PLAIN = /^\d+(?:\.\d+)?$/;
const MOST_DECIMALS = 8;
const MOST_WHOLE_DIGITS = 10;

/**
 * Reads a price in a file whose decimals stand behind `decimal`. Thousands separators, blanks and
 * currency signs are taken out; the digits stay text from the cell to the database. Under `.`,
 * `1,234.50` is `1234.50`, while a lone `1,234` is a doubt unless a person named the mark (`isGiven`).
 */
export function readPrice(cell: string, decimal: DecimalMark, isGiven: boolean): PriceReading {
  // The usual deck is all plain numbers; nothing below changes them.
  if (decimal === '.' && PLAIN.test(cell)) return checked(cell);
  const text = bare(cell);
  if (MISSING.test(text)) return { kind: 'missing' };
  if (BLOCKED.test(cell.trim())) return { kind: 'blocked' };
  if (/^\(.*\)$/.test(text) || /^[-−–].*\d/.test(text) || /\d-$/.test(text)) {
    return wrong('negative_price', `'${cell.trim()}' is below zero`);
  }
  if (/^\d*[.,]?\d+e[-+]?\d+$/i.test(text)) {
    return wrong(
      'invalid_price',
      `'${cell.trim()}' is in scientific notation; write its digits out`,
    );
  }
  const digits = text.startsWith('+') ? text.slice(1) : text;
  if (!/^[\d.,']+$/.test(digits)) return wrong('invalid_price', `'${cell.trim()}' is not a price`);
  return readDigits(digits.replace(/'/g, ''), cell, decimal, isGiven);
}

function readDigits(
  digits: string,
  cell: string,
  decimal: DecimalMark,
  isGiven: boolean,
): PriceReading {
  const thousands = decimal === '.' ? ',' : '.';
  const parts = digits.split(decimal);
  const [whole = '', fraction = ''] = parts;
  const isOdd =
    parts.length > 2 || fraction.includes(thousands) || (parts.length === 2 && fraction === '');
  if (isOdd) {
    const other =
      digits.includes(thousands) || decimalHint(cell) === (decimal === '.' ? 'comma' : 'point');
    return other
      ? wrong('mixed_decimals', mixed(cell, decimal))
      : wrong('invalid_price', `'${cell.trim()}' is not a price`);
  }
  if (!whole.includes(thousands)) return checked(joined(whole, fraction));
  if (!GROUPS[decimal].test(whole) || whole.startsWith('0')) {
    return wrong('mixed_decimals', mixed(cell, decimal));
  }
  const isCertain = isGiven || parts.length === 2 || whole.split(thousands).length > 2;
  if (!isCertain) {
    return wrong(
      'ambiguous_number',
      `'${cell.trim()}' may be a thousand or one with decimals; write it without '${thousands}'`,
    );
  }
  return checked(joined(whole.replaceAll(thousands, ''), fraction));
}

function joined(whole: string, fraction: string): string {
  return fraction === '' ? whole : `${whole === '' ? '0' : whole}.${fraction}`;
}

function mixed(cell: string, decimal: DecimalMark): string {
  return `'${cell.trim()}' does not fit the decimal separator '${decimal}' of the other lines`;
}

function checked(text: string): PriceReading {
  const [whole = '', fraction = ''] = text.split('.');
  if (fraction.length > MOST_DECIMALS && /[1-9]/.test(fraction.slice(MOST_DECIMALS))) {
    return wrong('invalid_price', `'${text}' has more than ${String(MOST_DECIMALS)} decimals`);
  }
  if (whole.replace(/^0+/, '').length > MOST_WHOLE_DIGITS) {
    return wrong('invalid_price', `'${text}' is larger than any price`);
  }
  return { kind: 'price', text: fraction.length > MOST_DECIMALS ? cut(whole, fraction) : text };
}

function cut(whole: string, fraction: string): string {
  return `${whole}.${fraction.slice(0, MOST_DECIMALS)}`;
}

function wrong(
  code: Extract<PriceReading, { kind: 'wrong' }>['code'],
  detail: string,
): PriceReading {
  return { kind: 'wrong', code, detail };
}

function bare(cell: string): string {
  return cell.replace(CURRENCY, '').replace(/[\s\u00a0\u202f]/g, '');
}

/** `0,015` and `1.234,5` tell a comma; `1,234` and `1.234` could be either; `12` tells nothing. */
export function decimalHint(cell: string): DecimalHint {
  const text = bare(cell)
    .replace(/^[-+(]/, '')
    .replace(/\)$/, '');
  if (!/^[\d.,]+$/.test(text) || !/[.,]/.test(text)) return 'none';
  const point = text.lastIndexOf('.');
  const comma = text.lastIndexOf(',');
  if (point >= 0 && comma >= 0) return point > comma ? 'point' : 'comma';
  const mark = point >= 0 ? '.' : ',';
  const groups = text.split(mark);
  const isGrouped =
    groups.slice(1).every((group) => group.length === 3) && /^[1-9]\d{0,2}$/.test(groups[0] ?? '');
  if (groups.length > 2) return mark === '.' ? 'comma' : 'point';
  if (isGrouped) return 'either';
  return mark === '.' ? 'point' : 'comma';
}
