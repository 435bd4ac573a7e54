import type { Deck } from '../../rating/deck/deck.js';
import type { ExchangeRates } from '../../rating/exchange/exchange-rates.js';
import type {
  AccountBlockRow,
  AccountGuardRow,
  AccountRow,
  CarrierRow,
  DidRow,
  ExtensionRow,
  GatewayRow,
  IvrEntryRow,
  IvrMenuRow,
  PackageAssignmentRow,
  PackageRow,
  PlanCarrierRow,
  PlanRow,
  SwitchRow,
} from '../../db/repositories/snapshot.js';
import type { AddressList } from './address-list.js';

/** Who may call and be called: the account tree with its domains and extensions. */
export interface AccountsSnapshot {
  readonly accountById: ReadonlyMap<number, AccountRow>;
  readonly operator: AccountRow | null;
  readonly domainById: ReadonlyMap<number, string>;
  readonly domainNames: ReadonlySet<string>;
  /** The domains in which an account has extensions. */
  readonly domainsByAccount: ReadonlyMap<number, readonly string[]>;
  readonly extensionById: ReadonlyMap<number, ExtensionEntry>;
  /** Keyed `number@domain`. */
  readonly extensionByAddress: ReadonlyMap<string, ExtensionEntry>;
  /** Inclusive time for all calls of an account, lowest assignment first. */
  readonly packagesByAccount: ReadonlyMap<number, readonly AssignedPackage[]>;
  /** Inclusive time for the calls of one extension. */
  readonly packagesByExtension: ReadonlyMap<number, readonly AssignedPackage[]>;
  readonly guardByAccount: ReadonlyMap<number, AccountGuardRow>;
  /** Blocks in force, the oldest first. */
  readonly blocksByAccount: ReadonlyMap<number, readonly AccountBlockRow[]>;
  /** Countries that are not new, of accounts whose guard asks. */
  readonly countriesByAccount: ReadonlyMap<number, ReadonlySet<string>>;
}

/** An active package as somebody has it. */
export interface AssignedPackage {
  readonly assignment: PackageAssignmentRow;
  readonly package: PackageRow;
  /** Numbers it is good for begin with one of these; the empty one is every number. */
  readonly prefixes: readonly string[];
}

export interface ExtensionEntry {
  readonly extension: ExtensionRow;
  readonly account: AccountRow;
  readonly domain: string;
}

export interface SwitchesSnapshot {
  readonly byId: ReadonlyMap<number, SwitchEntry>;
  readonly byHttpUser: ReadonlyMap<string, SwitchEntry>;
}

export interface SwitchEntry {
  readonly row: SwitchRow;
  readonly allowed: AddressList;
}

export interface GatewayEntry {
  readonly gateway: GatewayRow;
  readonly carrier: CarrierRow;
  readonly inbound: AddressList;
}

export interface CarriersSnapshot {
  readonly carrierById: ReadonlyMap<number, CarrierRow>;
  readonly gateways: readonly GatewayEntry[];
  readonly gatewaysByCarrier: ReadonlyMap<number, readonly GatewayEntry[]>;
}

export interface PlansSnapshot {
  readonly planById: ReadonlyMap<number, PlanRow>;
  readonly carriersByPlan: ReadonlyMap<number, readonly PlanCarrierRow[]>;
}

export interface NumbersSnapshot {
  readonly didByNumber: ReadonlyMap<string, DidRow>;
  readonly didById: ReadonlyMap<number, DidRow>;
  readonly menuById: ReadonlyMap<number, MenuEntry>;
  readonly menuByName: ReadonlyMap<string, MenuEntry>;
}

export interface MenuEntry {
  readonly menu: IvrMenuRow;
  readonly entries: readonly IvrEntryRow[];
}

/** Decks by rate sheet. A sheet without an active release has no deck. */
export interface RatesSnapshot {
  readonly deckBySheet: ReadonlyMap<number, Deck>;
}

/**
 * Everything a call is decided from, as of one moment. Each area is replaced whole and never edited,
 * so a request that took a reference sees one consistent area to its end.
 */
export interface Snapshot {
  readonly accounts: AccountsSnapshot;
  readonly switches: SwitchesSnapshot;
  readonly carriers: CarriersSnapshot;
  readonly plans: PlansSnapshot;
  readonly numbers: NumbersSnapshot;
  readonly rates: RatesSnapshot;
  readonly currencies: ExchangeRates;
}
