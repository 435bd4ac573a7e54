import type {
  AccountRow,
  CarrierRow,
  DidRow,
  DomainRow,
  ExchangeRateRow,
  ExtensionRow,
  GatewayRow,
  IvrEntryRow,
  IvrMenuRow,
  PlanCarrierRow,
  PlanRow,
  SwitchRow,
} from '../../db/repositories/snapshot.js';
import { ExchangeRates } from '../../rating/exchange/exchange-rates.js';
import { AddressList } from './address-list.js';
import { guardsOf, packagesOf } from './build-allowed.js';
import type { GuardRows, PackageRows } from './build-allowed.js';
import { groupBy } from './group-by.js';
import type {
  AccountsSnapshot,
  CarriersSnapshot,
  ExtensionEntry,
  GatewayEntry,
  NumbersSnapshot,
  PlansSnapshot,
  SwitchesSnapshot,
} from './snapshot.js';

/** The key under which an extension is found; FreeSWITCH asks in whatever case the phone used. */
export function extensionAddress(number: string, domain: string): string {
  return `${number}@${domain.toLowerCase()}`;
}

interface AccountRows extends PackageRows, GuardRows {
  readonly accounts: readonly AccountRow[];
  readonly domains: readonly DomainRow[];
  readonly extensions: readonly ExtensionRow[];
}

export function buildAccounts(rows: AccountRows): AccountsSnapshot {
  const accountById = new Map(rows.accounts.map((account) => [account.id, account]));
  const domainById = new Map(rows.domains.map((domain) => [domain.id, domain.name.toLowerCase()]));
  const entries = rows.extensions.flatMap((extension): ExtensionEntry[] => {
    const account = accountById.get(extension.accountId);
    const domain = domainById.get(extension.domainId);
    return account === undefined || domain === undefined ? [] : [{ extension, account, domain }];
  });
  return {
    accountById,
    operator: rows.accounts.find((account) => account.kind === 'operator') ?? null,
    domainById,
    domainNames: new Set(domainById.values()),
    domainsByAccount: domainsByAccount(entries),
    extensionById: new Map(entries.map((entry) => [entry.extension.id, entry])),
    extensionByAddress: new Map(
      entries.map((entry) => [extensionAddress(entry.extension.number, entry.domain), entry]),
    ),
    ...packagesOf(rows),
    ...guardsOf(rows),
  };
}

function domainsByAccount(
  entries: readonly ExtensionEntry[],
): ReadonlyMap<number, readonly string[]> {
  const groups = groupBy(entries, (entry) => entry.account.id);
  return new Map(
    [...groups].map(([accountId, own]) => [accountId, [...new Set(own.map((one) => one.domain))]]),
  );
}

export function buildSwitches(rows: readonly SwitchRow[]): SwitchesSnapshot {
  const entries = rows
    .filter((row) => row.status === 'active')
    .map((row) => ({ row, allowed: AddressList.from(row.allowedCidrs) }));
  return {
    byId: new Map(entries.map((entry) => [entry.row.id, entry])),
    byHttpUser: new Map(entries.map((entry) => [entry.row.httpUsername, entry])),
  };
}

export function buildCarriers(rows: {
  readonly carriers: readonly CarrierRow[];
  readonly gateways: readonly GatewayRow[];
}): CarriersSnapshot {
  const carrierById = new Map(rows.carriers.map((carrier) => [carrier.id, carrier]));
  const entries = rows.gateways.flatMap((gateway): GatewayEntry[] => {
    const carrier = carrierById.get(gateway.carrierId);
    if (carrier === undefined) return [];
    return [{ gateway, carrier, inbound: AddressList.from(gateway.inboundCidrs) }];
  });
  return {
    carrierById,
    gateways: entries,
    gatewaysByCarrier: groupBy(entries, (entry) => entry.carrier.id),
  };
}

export function buildPlans(rows: {
  readonly plans: readonly PlanRow[];
  readonly planCarriers: readonly PlanCarrierRow[];
}): PlansSnapshot {
  return {
    planById: new Map(rows.plans.map((plan) => [plan.id, plan])),
    carriersByPlan: groupBy(rows.planCarriers, (row) => row.planId),
  };
}

export function buildCurrencies(rows: readonly ExchangeRateRow[]): ExchangeRates {
  return new ExchangeRates(
    rows.map((row) => ({
      from: row.fromCurrency,
      to: row.toCurrency,
      rate: row.rate,
      effectiveFromMs: row.effectiveFrom.getTime(),
    })),
  );
}

export function buildNumbers(rows: {
  readonly dids: readonly DidRow[];
  readonly menus: readonly IvrMenuRow[];
  readonly entries: readonly IvrEntryRow[];
}): NumbersSnapshot {
  const entries = groupBy(rows.entries, (entry) => entry.menuId);
  const menus = rows.menus.map((menu) => ({ menu, entries: entries.get(menu.id) ?? [] }));
  return {
    didByNumber: new Map(rows.dids.map((did) => [did.number, did])),
    didById: new Map(rows.dids.map((did) => [did.id, did])),
    menuById: new Map(menus.map((entry) => [entry.menu.id, entry])),
    menuByName: new Map(menus.map((entry) => [entry.menu.name, entry])),
  };
}
