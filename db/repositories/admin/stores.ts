import {
  accounts,
  apiKeys,
  carriers,
  dids,
  domains,
  extensions,
  gateways,
  ivrMenus,
  lcrPlans,
  packageAssignments,
  packages,
  rateReleases,
  rateSheets,
  switches,
} from '../../schema/index.js';
import { recordStore } from './records.js';

/** One store per table an administrator edits, with the columns that `q` searches. */
export const accountStore = recordStore(accounts, ['code', 'name']);
export const domainStore = recordStore(domains, ['name']);
export const extensionStore = recordStore(extensions, ['number', 'name', 'callerIdNumber']);
export const carrierStore = recordStore(carriers, ['code', 'name']);
export const gatewayStore = recordStore(gateways, ['name', 'proxy']);
export const switchStore = recordStore(switches, ['name', 'sipIp', 'eslHost']);
export const sheetStore = recordStore(rateSheets, ['name']);
export const releaseStore = recordStore(rateReleases, ['note']);
export const planStore = recordStore(lcrPlans, ['name']);
export const didStore = recordStore(dids, ['number', 'comment']);
export const menuStore = recordStore(ivrMenus, ['name']);
export const packageStore = recordStore(packages, ['name']);
export const assignmentStore = recordStore(packageAssignments, []);
export const apiKeyStore = recordStore(apiKeys, ['name', 'keyPrefix']);

export type AccountRow = typeof accounts.$inferSelect;
export type AccountValues = typeof accounts.$inferInsert;
export type DomainRow = typeof domains.$inferSelect;
export type DomainValues = typeof domains.$inferInsert;
export type ExtensionRow = typeof extensions.$inferSelect;
export type ExtensionValues = typeof extensions.$inferInsert;
export type CarrierRow = typeof carriers.$inferSelect;
export type CarrierValues = typeof carriers.$inferInsert;
export type GatewayRow = typeof gateways.$inferSelect;
export type GatewayValues = typeof gateways.$inferInsert;
export type SwitchRow = typeof switches.$inferSelect;
export type SwitchValues = typeof switches.$inferInsert;
export type SheetRow = typeof rateSheets.$inferSelect;
export type SheetValues = typeof rateSheets.$inferInsert;
export type ReleaseRow = typeof rateReleases.$inferSelect;
export type ReleaseValues = typeof rateReleases.$inferInsert;
export type PlanRow = typeof lcrPlans.$inferSelect;
export type PlanValues = typeof lcrPlans.$inferInsert;
export type DidRow = typeof dids.$inferSelect;
export type DidValues = typeof dids.$inferInsert;
export type MenuRow = typeof ivrMenus.$inferSelect;
export type MenuValues = typeof ivrMenus.$inferInsert;
export type PackageRow = typeof packages.$inferSelect;
export type PackageValues = typeof packages.$inferInsert;
export type AssignmentRow = typeof packageAssignments.$inferSelect;
export type AssignmentValues = typeof packageAssignments.$inferInsert;
export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type ApiKeyValues = typeof apiKeys.$inferInsert;
