import { asc } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import type { rateReleases, rateSheets } from '../schema/index.js';
import {
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
export type ReleaseRow = typeof rateReleases.$inferSelect;

export async function loadAccounts(db: Queryable) {
  return {
    accounts: await db.select().from(accounts),
    domains: await db.select().from(domains),
    extensions: await db.select().from(extensions),
  };
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
