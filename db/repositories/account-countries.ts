import type { Queryable } from '../client.js';
import { accountCountries } from '../schema/index.js';

/** A country that an account has called. */
export interface CalledCountry {
  readonly accountId: number;
  /** ISO 3166-1 alpha-2, or `ZZ`. */
  readonly country: string;
  readonly createdUs: number;
}

/** Notes countries as called; returns how many of them were new. */
export async function insertCalledCountries(
  db: Queryable,
  countries: readonly CalledCountry[],
): Promise<number> {
  if (countries.length === 0) return 0;
  const [result] = await db
    .insert(accountCountries)
    .ignore()
    .values(countries.map((one) => ({ ...one, source: 'called' as const })));
  return result.affectedRows;
}
