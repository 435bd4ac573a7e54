export interface NumberSettings {
  /** Dialled before a country code, such as `00`. */
  readonly internationalPrefix: string;
}

const DIALLABLE = /^\+?[0-9*#]{1,32}$/;
const E164 = /^[1-9][0-9]{2,14}$/;

/** The dialled text when it is digits, stars and hashes; null for anything else. */
export function dialledDigits(dialled: string): string | null {
  return DIALLABLE.test(dialled) ? dialled : null;
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
