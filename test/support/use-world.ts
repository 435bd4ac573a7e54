import type { Database } from '../../db/client.js';
import { fromDbRateRow } from '../../db/mapping/rate-rows.js';
import { bumpConfigVersions, CONFIG_AREAS } from '../../db/repositories/config-versions.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import {
  accountBlocks,
  accountCountries,
  accountGuards,
  accounts,
  carriers,
  dids,
  domains,
  extensions,
  gateways,
  ivrEntries,
  ivrMenus,
  lcrPlanCarriers,
  lcrPlans,
  packageAssignments,
  packagePrefixes,
  packages,
  rateActivations,
  rateReleases,
  rateRows,
  rateSheets,
  switches,
} from '../../db/schema/index.js';
import { inTransaction } from '../../db/transaction.js';
import { ExchangeRates } from '../../rating/exchange/exchange-rates.js';
import { DeckBuilder } from '../../rating/deck/deck.js';
import { paymentPosting } from '../../rating/ledger/postings.js';
import {
  buildAccounts,
  buildCarriers,
  buildNumbers,
  buildPlans,
  buildSwitches,
} from '../../server/snapshot/build-areas.js';
import type { Snapshot } from '../../server/snapshot/snapshot.js';
import type { World } from './world.js';

/** The snapshot a node would have of these rows, without a database. */
export function snapshotOf(world: World): Snapshot {
  return {
    accounts: buildAccounts(world),
    switches: buildSwitches(world.switches),
    carriers: buildCarriers(world),
    plans: buildPlans(world),
    numbers: buildNumbers(world),
    currencies: new ExchangeRates([]),
    rates: { deckBySheet: new Map(world.sheets.map((sheet) => [sheet.id, deckOf(world, sheet)])) },
  };
}

function deckOf(world: World, sheet: World['sheets'][number]) {
  const builder = new DeckBuilder({
    ...sheet,
    sheetId: sheet.id,
    sheetName: sheet.name,
  });
  for (const release of world.releases.filter((row) => row.sheetId === sheet.id)) {
    for (const row of world.rows.filter((candidate) => candidate.releaseId === release.id)) {
      const effectiveFrom = release.effectiveFrom.getTime();
      builder.add({ ...fromDbRateRow(row), effectiveFrom, effectiveTo: null });
    }
  }
  return builder.build();
}

/** Writes the rows, and tells the nodes that look at this database. */
export async function insertWorld(database: Database, world: World): Promise<void> {
  await inTransaction(database, async (tx) => {
    await tx.insert(rateSheets).values(world.sheets);
    await tx.insert(rateReleases).values(world.releases);
    await tx.insert(rateRows).values(world.rows);
    await tx.insert(rateActivations).values(
      world.releases.map(({ id, sheetId, effectiveFrom }) => ({
        sheetId,
        number: id,
        releaseId: id,
        kind: 'activation' as const,
        effectiveFrom,
      })),
    );
    await tx.insert(lcrPlans).values(world.plans);
    // Parents first, as the foreign key wants them.
    for (const account of world.accounts) await tx.insert(accounts).values(account);
    await tx.insert(domains).values(world.domains);
    await tx.insert(extensions).values(world.extensions);
    await tx.insert(carriers).values(world.carriers);
    await tx.insert(gateways).values(world.gateways);
    await tx.insert(lcrPlanCarriers).values(world.planCarriers);
    await tx.insert(ivrMenus).values(world.menus);
    await tx.insert(ivrEntries).values(world.entries);
    await tx.insert(dids).values(world.dids);
    await tx.insert(switches).values(world.switches);
    if (world.packages.length > 0) await tx.insert(packages).values(world.packages);
    if (world.packagePrefixes.length > 0) {
      await tx.insert(packagePrefixes).values(world.packagePrefixes);
    }
    if (world.packageAssignments.length > 0) {
      await tx.insert(packageAssignments).values(world.packageAssignments);
    }
    if (world.accountGuards.length > 0) {
      await tx.insert(accountGuards).values(world.accountGuards);
    }
    if (world.accountBlocks.length > 0) {
      await tx.insert(accountBlocks).values(world.accountBlocks);
    }
    if (world.accountCountries.length > 0) {
      await tx.insert(accountCountries).values(world.accountCountries);
    }
    await bumpConfigVersions(tx, [...CONFIG_AREAS]);
  });
}

let payments = 0;

/** Gives an account money, through the ledger; with an extension, money of that extension's own. */
export async function fund(
  database: Database,
  accountId: number,
  amount: string,
  extensionId = 0,
): Promise<void> {
  payments += 1;
  const reference = `payment-${String(payments)}`;
  await inTransaction(database, (tx) =>
    postTransactions(tx, [
      {
        idempotencyKey: reference,
        kind: 'payment',
        reference,
        entries: paymentPosting({ accountId, extensionId, amount, currency: 'EUR' }),
      },
    ]),
  );
}
