import type { Queryable } from '../../db/client.js';
import {
  loadAccounts,
  loadCarriers,
  loadExchangeRates,
  loadNumbers,
  loadPlans,
  loadSwitches,
} from '../../db/repositories/snapshot.js';
import {
  buildAccounts,
  buildCarriers,
  buildCurrencies,
  buildNumbers,
  buildPlans,
  buildSwitches,
} from '../snapshot/build-areas.js';
import type { Snapshot } from '../snapshot/snapshot.js';

/** Everything but the prices. */
export type BaseSnapshot = Omit<Snapshot, 'rates'>;

/** What a node would know of this database, for a process that runs none. */
export async function loadBase(db: Queryable): Promise<BaseSnapshot> {
  return {
    accounts: buildAccounts(await loadAccounts(db)),
    switches: buildSwitches(await loadSwitches(db)),
    carriers: buildCarriers(await loadCarriers(db)),
    plans: buildPlans(await loadPlans(db)),
    numbers: buildNumbers(await loadNumbers(db)),
    currencies: buildCurrencies(await loadExchangeRates(db)),
  };
}
