export interface NumberSettings {
  /** Dialled before a country code, such as `00`. */
  readonly internationalPrefix: string;
}

/** Digits, then what a switch that asked a number portability database writes after them (RFC 4694). */
const DIALLABLE = /^(\+?[0-9*#]{1,32})((?:;[A-Za-z0-9-]{1,32}(?:=[A-Za-z0-9+.-]{1,64})?){0,8})$/;
const E164 = /^[1-9][0-9]{2,14}$/;

/** A number of the North American plan without its country code, as routing numbers are often sent. */
const NATIONAL_NANP = /^[2-9][0-9]{9}$/;

/** What was dialled, taken apart. */
export interface Dialled {
  /** Digits, stars and hashes, perhaps with a leading `+`. */
  readonly digits: string;
  /** The routing number that came with it, as it was written; null for none. */
  readonly routingNumber: string | null;
  /** Whoever sent the call says that the database was asked (`npdi`): no `rn` then means not ported. */
  readonly isDipped: boolean;
}

/** Takes `12025551234;npdi;rn=12025550000` apart; null for text that is no number to dial. */
export function parseDialled(text: string): Dialled | null {
  const [, digits, rest = ''] = DIALLABLE.exec(text) ?? [];
  if (digits === undefined) return null;
  const parameters = new Map(
    rest
      .split(';')
      .slice(1)
      .map((part) => {
        const [name = '', value = ''] = part.split('=', 2);
        return [name.toLowerCase(), value] as const;
      }),
  );
  return {
    digits,
    routingNumber: parameters.get('rn') ?? null,
    isDipped: parameters.has('npdi') || parameters.has('rn'),
  };
}

/**
 * The number in E.164 digits: `+44…`, `0044…` and `44…` are the same. Null when it cannot be one,
 * such as a feature code or a number with more than 15 digits.
 */
export function normalizeNumber(dialled: string, settings: NumberSettings): string | null {
  const prefix = settings.internationalPrefix;
  let digits = dialled;
  if (digits.startsWith('+')) digits = digits.slice(1);
  else if (prefix !== '' && digits.startsWith(prefix)) digits = digits.slice(prefix.length);
  return E164.test(digits) ? digits : null;
}

/**
 * A routing number in E.164 digits. Ten digits beside a number of the North American plan are one of
 * that plan: carriers there leave out the 1. Null for anything that is no number.
 */
export function normalizeRoutingNumber(written: string, destination: string): string | null {
  const digits = written.startsWith('+') ? written.slice(1) : written;
  if (destination.startsWith('1') && !written.startsWith('+') && NATIONAL_NANP.test(digits)) {
    return `1${digits}`;
  }
  return E164.test(digits) ? digits : null;
}
