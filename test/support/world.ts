import type {
  AccountBlockRow,
  AccountCountryRow,
  AccountGuardRow,
  AccountRow,
  CarrierRow,
  DidRow,
  DomainRow,
  ExtensionRow,
  GatewayRow,
  IvrEntryRow,
  IvrMenuRow,
  PackageAssignmentRow,
  PackagePrefixRow,
  PackageRow,
  PlanCarrierRow,
  PlanRow,
  ReleaseRow,
  SheetRow,
  SwitchRow,
} from '../../db/repositories/snapshot.js';
import type { rateRows } from '../../db/schema/index.js';
import { createHash } from 'node:crypto';
import { createSecrets } from '../../server/secrets.js';
import { carrier, domain, EDITABLE, gateway, LONG_AGO, menu, sheet } from './world-rows.js';

type RateRowRow = typeof rateRows.$inferSelect;

/** The rows of a small telephone company. Tests change what they are about before using it. */
export interface World {
  sheets: SheetRow[];
  releases: ReleaseRow[];
  rows: RateRowRow[];
  plans: PlanRow[];
  accounts: AccountRow[];
  domains: DomainRow[];
  extensions: ExtensionRow[];
  carriers: CarrierRow[];
  gateways: GatewayRow[];
  planCarriers: PlanCarrierRow[];
  menus: IvrMenuRow[];
  entries: IvrEntryRow[];
  dids: DidRow[];
  switches: SwitchRow[];
  packages: PackageRow[];
  packagePrefixes: PackagePrefixRow[];
  packageAssignments: PackageAssignmentRow[];
  accountGuards: AccountGuardRow[];
  accountBlocks: AccountBlockRow[];
  accountCountries: AccountCountryRow[];
}

export const OPERATOR = 1;
export const RESELLER = 2;
/** A direct customer of the operator. */
export const ACME = 3;
/** A customer of the reseller. */
export const BETA = 4;

export const ACME_1001 = 1;
export const ACME_1002 = 2;
export const BETA_1001 = 4;

export const SHEET_ACME = 1;
export const SHEET_RESELLER = 2;
export const SHEET_BETA = 3;

export const CARRIER_A = 1;
export const CARRIER_B = 2;
export const CARRIER_C = 3;

export const SWITCH_ID = 1;
export const SWITCH_USER = 'fs1';
export const SWITCH_PASSWORD = 'switch-password';
export const SECRET_KEY = '0'.repeat(64);

/**
 * Two tenants with the same extension number, one of them behind a reseller; three carriers. A
 * second to 44 costs ACME and BETA 0.01, the reseller 0.005, and us 0.002, 0.003 or 0.004.
 */
export function buildWorld(): World {
  return {
    sheets: [
      sheet(SHEET_ACME, 'acme retail'),
      sheet(SHEET_RESELLER, 'wholesale'),
      sheet(SHEET_BETA, 'beta retail'),
      sheet(11, 'carrier A'),
      sheet(12, 'carrier B'),
      sheet(13, 'carrier C'),
    ],
    releases: [1, 2, 3, 11, 12, 13].map((id) => release(id, id)),
    rows: [
      rateRow(1, SHEET_ACME, '44', '0.6'),
      rateRow(2, SHEET_ACME, '34', '0.06'),
      { ...rateRow(3, SHEET_ACME, '900', '1'), blocked: true },
      rateRow(4, SHEET_ACME, '7', '0.6'),
      rateRow(5, SHEET_RESELLER, '44', '0.3'),
      rateRow(6, SHEET_BETA, '44', '0.6'),
      rateRow(7, 11, '44', '0.12'),
      rateRow(8, 12, '44', '0.18'),
      rateRow(9, 13, '44', '0.24'),
      rateRow(10, 11, '34', '0.12'),
    ],
    plans: [plan(1, 'cheapest')],
    accounts: [
      account(OPERATOR, 'operator', null, { lcrPlanId: 1 }),
      account(RESELLER, 'reseller', OPERATOR, { rateSheetId: SHEET_RESELLER }),
      account(ACME, 'customer', OPERATOR, { rateSheetId: SHEET_ACME }),
      account(BETA, 'customer', RESELLER, { rateSheetId: SHEET_BETA }),
    ],
    domains: [domain(1, ACME, 'acme.example'), domain(2, BETA, 'beta.example')],
    extensions: [
      extension(ACME_1001, ACME, 1, '1001', { callerIdNumber: '442071838750' }),
      extension(ACME_1002, ACME, 1, '1002'),
      extension(3, ACME, 1, '1003', { status: 'paused' }),
      extension(BETA_1001, BETA, 2, '1001'),
    ],
    carriers: [
      carrier(CARRIER_A, 'A', 11),
      carrier(CARRIER_B, 'B', 12),
      carrier(CARRIER_C, 'C', 13),
    ],
    gateways: [
      gateway(1, CARRIER_A, 'carrierA', { inboundCidrs: ['203.0.113.0/28'], techPrefix: '77#' }),
      gateway(2, CARRIER_B, 'carrierB', { inboundCidrs: ['198.51.100.7'] }),
      gateway(3, CARRIER_C, 'carrierC', { codecs: 'PCMA', progressTimeoutS: 5 }),
    ],
    planCarriers: [CARRIER_A, CARRIER_B, CARRIER_C].map((carrierId) =>
      planCarrier(1, carrierId, { priority: 10 - carrierId }),
    ),
    menus: [menu(1, ACME, 'acme-main')],
    entries: [{ id: 1, menuId: 1, digits: '5', transferTo: '1001' }],
    dids: [
      did(1, '972365987456', ACME, { extensionId: ACME_1002 }),
      did(2, '972365987457', ACME, { ivrMenuId: 1 }),
      did(3, '972365987458', BETA, { extensionId: BETA_1001 }),
    ],
    switches: [switchRow()],
    packages: [],
    packagePrefixes: [],
    packageAssignments: [],
    accountGuards: [],
    accountBlocks: [],
    accountCountries: [],
  };
}

export function release(id: number, sheetId: number, effectiveFrom = LONG_AGO): ReleaseRow {
  return {
    id,
    sheetId,
    number: id,
    status: 'active',
    effectiveFrom,
    activatedAt: LONG_AGO,
    rowCount: 0,
    rejectedCount: 0,
    baseReleaseId: null,
    importId: null,
    note: '',
    ...EDITABLE,
  };
}

export function rateRow(
  id: number,
  releaseId: number,
  prefix: string,
  ratePerMinute: string,
): RateRowRow {
  return {
    id,
    releaseId,
    prefix,
    destination: `zone ${prefix}`,
    ratePerMinute,
    connectFee: '0',
    initialIncrementS: 1,
    incrementS: 1,
    minDurationS: 0,
    blocked: false,
    priority: 0,
    effectiveFrom: null,
    effectiveTo: null,
    graceS: null,
    freeS: null,
    initialRatePerMinute: null,
    minCost: null,
    maxCost: null,
    tiers: null,
    days: null,
    dates: null,
    timeFrom: null,
    timeTo: null,
    intrastateRate: null,
    indeterminateRate: null,
    windowKey: '',
  };
}

export function plan(id: number, name: string, over: Partial<PlanRow> = {}): PlanRow {
  return {
    id,
    name,
    strategy: 'cheapest',
    expectedCallS: 180,
    useAcd: true,
    tolerancePercent: '0.0000',
    qualityWindowH: 24,
    qualityMinAttempts: 20,
    marginPercent: '0.0000',
    marginAbsolute: '0.00000000',
    allowLoss: false,
    maxRoutes: 5,
    ...EDITABLE,
    ...over,
  };
}

export function planCarrier(
  planId: number,
  carrierId: number,
  over: Partial<PlanCarrierRow> = {},
): PlanCarrierRow {
  return {
    planId,
    carrierId,
    priority: 0,
    weight: 1,
    sharePercent: 0,
    jurisdiction: 'any',
    ...over,
  };
}

export function account(
  id: number,
  kind: AccountRow['kind'],
  parentId: number | null,
  over: Partial<AccountRow> = {},
): AccountRow {
  return {
    id,
    parentId,
    kind,
    code: `account-${String(id)}`,
    name: `Account ${String(id)}`,
    billingMode: 'prepaid',
    currency: 'EUR',
    timeZone: 'UTC',
    creditLimit: '0.000000',
    status: 'active',
    rateSheetId: null,
    mobileRateSheetId: null,
    lcrPlanId: null,
    trustsLrn: false,
    inboundRateSheetId: null,
    paidById: null,
    maxCalls: null,
    maxCps: null,
    lowBalance: null,
    noticeEmail: null,
    ...EDITABLE,
    ...over,
  };
}

export function extension(
  id: number,
  accountId: number,
  domainId: number,
  number: string,
  over: Partial<ExtensionRow> = {},
): ExtensionRow {
  return {
    id,
    accountId,
    domainId,
    number,
    name: `Phone ${number}`,
    kind: 'sip',
    mobileNumber: null,
    a1Hash: createHash('md5')
      .update(`${number}:${String(domainId)}`)
      .digest('hex'),
    status: 'active',
    callerIdNumber: null,
    callerIdName: null,
    ringTimeoutS: 25,
    rateSheetId: null,
    lcrPlanId: null,
    funds: 'account',
    fundsExtensionId: null,
    creditLimit: '0.000000',
    maxCalls: null,
    maxCps: null,
    forwardTo: null,
    lowBalance: null,
    noticeEmail: null,
    ...EDITABLE,
    ...over,
  };
}

function did(id: number, number: string, accountId: number, over: Partial<DidRow>): DidRow {
  return {
    id,
    number,
    accountId,
    carrierId: CARRIER_A,
    status: 'active',
    extensionId: null,
    ivrMenuId: null,
    maxChannels: null,
    maxCps: null,
    rateSheetId: null,
    freeMinutes: 0,
    comment: '',
    ...EDITABLE,
    ...over,
  };
}

function switchRow(): SwitchRow {
  return {
    id: SWITCH_ID,
    name: 'fs1',
    httpUsername: SWITCH_USER,
    httpPasswordHash: createHash('sha256').update(SWITCH_PASSWORD).digest('hex'),
    allowedCidrs: ['127.0.0.1/32', '::1/128'],
    eslHost: '127.0.0.1',
    eslPort: 8021,
    eslPasswordSealed: createSecrets(SECRET_KEY).seal('esl-password'),
    sipIp: '192.0.2.10',
    rtpIp: '192.0.2.10',
    internalPort: 5060,
    externalPort: 5080,
    codecs: 'PCMU,PCMA',
    status: 'active',
    ...EDITABLE,
  };
}
