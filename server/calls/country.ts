import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Of numbers that belong to no country, such as those of satellites, and of what cannot be told. */
export const NO_COUNTRY = 'ZZ';

/** The country of a calling code that several share, where a number may be of any of them. */
const MAIN_COUNTRIES: ReadonlyMap<string, string> = new Map([
  ['1', 'US'],
  ['7', 'RU'],
  ['44', 'GB'],
]);

/**
 * The country of a number in E.164 digits (ISO 3166-1 alpha-2). Countries that share a calling code
 * are told apart by their area codes; where a number fits several, it is taken for the largest.
 */
export function countryOf(number: string): string {
  const parsed = parsePhoneNumberFromString(`+${number}`);
  if (parsed === undefined) return NO_COUNTRY;
  const [first] = parsed.getPossibleCountries();
  return parsed.country ?? MAIN_COUNTRIES.get(parsed.countryCallingCode) ?? first ?? NO_COUNTRY;
}
