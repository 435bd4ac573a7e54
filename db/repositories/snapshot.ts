import { asc, eq, isNotNull, ne } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import type { rateReleases, rateSheets } from '../schema/index.js';
import {
  accountBlocks,
  accountCountries,
  accountGuards,
  accounts,
  carriers,
  dids,
  domains,
  exchangeRates,
  extensions,
  gateways,
  ivrEntries,
  ivrMenus,
  lcrPlanCarriers,
  lcrPlans,
  packageAssignments,
  packagePrefixes,
  packages,
  switches,
} from '../schema/index.js';

export type AccountRow = typeof accounts.$inferSelect;
export type DomainRow = typeof domains.$inferSelect;
export type ExtensionRow = typeof extensions.$inferSelect;
export type SwitchRow = typeof switches.$inferSelect;
export type CarrierRow = typeof carriers.$inferSelect;
export type GatewayRow = typeof gateways.$inferSelect;
export type PlanRow = typeof lcrPlans.$inferSelect;
export type PlanCarrierRow = typeof lcrPlanCarriers.$inferSelect;
export type DidRow = typeof dids.$inferSelect;
export type IvrMenuRow = typeof ivrMenus.$inferSelect;
export type IvrEntryRow = typeof ivrEntries.$inferSelect;
export type SheetRow = typeof rateSheets.$inferSelect;
export type ExchangeRateRow = typeof exchangeRates.$inferSelect;
export type PackageRow = typeof packages.$inferSelect;
export type PackagePrefixRow = typeof packagePrefixes.$inferSelect;
export type PackageAssignmentRow = typeof packageAssignments.$inferSelect;
export type AccountGuardRow = typeof accountGuards.$inferSelect;
export type AccountBlockRow = typeof accountBlocks.$inferSelect;
export type AccountCountryRow = typeof accountCountries.$inferSelect;
export type ReleaseRow = typeof rateReleases.$inferSelect;

export async function loadAccounts(db: Queryable) {
  return {
    accounts: await db.select().from(accounts),
    domains: await db.select().from(domains),
    extensions: await db.select().from(extensions),
    packages: await db.select().from(packages).where(eq(packages.status, 'active')),
    packagePrefixes: await db.select().from(packagePrefixes),
    packageAssignments: await db
      .select()
      .from(packageAssignments)
      .orderBy(asc(packageAssignments.id)),
    accountGuards: await db.select().from(accountGuards),
    accountBlocks: await loadOpenBlocks(db),
    accountCountries: await loadCountries(db),
  };
}

/** Blocks in force; those that were lifted are history. */
async function loadOpenBlocks(db: Queryable): Promise<readonly AccountBlockRow[]> {
  return db
    .select()
    .from(accountBlocks)
    .where(isNotNull(accountBlocks.openKey))
    .orderBy(asc(accountBlocks.id));
}

/** Only of accounts whose guard asks which countries are new. */
async function loadCountries(db: Queryable): Promise<readonly AccountCountryRow[]> {
  const rows = await db
    .select({ row: accountCountries })
    .from(accountCountries)
    .innerJoin(accountGuards, eq(accountGuards.accountId, accountCountries.accountId))
    .where(ne(accountGuards.newCountry, 'off'));
  return rows.map(({ row }) => row);
}

export async function loadSwitches(db: Queryable): Promise<readonly SwitchRow[]> {
  return db.select().from(switches);
}

export async function loadCarriers(db: Queryable) {
  return {
    carriers: await db.select().from(carriers),
    gateways: await db.select().from(gateways),
  };
}

export async function loadPlans(db: Queryable) {
  return {
    plans: await db.select().from(lcrPlans),
    planCarriers: await db.select().from(lcrPlanCarriers),
  };
}

export async function loadExchangeRates(db: Queryable): Promise<readonly ExchangeRateRow[]> {
  return db.select().from(exchangeRates).orderBy(asc(exchangeRates.effectiveFrom));
}

export async function loadNumbers(db: Queryable) {
  return {
    dids: await db.select().from(dids),
    menus: await db.select().from(ivrMenus),
    entries: await db.select().from(ivrEntries).orderBy(asc(ivrEntries.id)),
  };
}
