import { eq } from 'drizzle-orm';
import { carriers, gateways } from '../../../db/schema/index.js';
import type { CarrierCauses } from '../../../server/calls/cause-table.js';
import { createAccount } from '../../../server/admin/accounts.js';
import { createCarrier, createGateway } from '../../../server/admin/carriers.js';
import { scriptActor } from '../../../server/admin/context.js';
import type { AdminDeps } from '../../../server/admin/context.js';
import { createDid } from '../../../server/admin/dids.js';
import { createDomain } from '../../../server/admin/domains.js';
import { createExtension } from '../../../server/admin/extensions.js';
import { createMenu } from '../../../server/admin/ivr-menus.js';
import { createPlan } from '../../../server/admin/lcr-plans.js';
import { addPayment } from '../../../server/admin/payments.js';
import { addRows } from '../../../server/admin/rate-rows.js';
import { createSheet } from '../../../server/admin/rate-sheets.js';
import { activateRelease, createRelease } from '../../../server/admin/releases.js';
import { createSwitch } from '../../../server/admin/switches.js';
import { systemClock } from '../../../server/clock.js';
import { createSecrets } from '../../../server/secrets.js';
import type { Database } from '../../../db/client.js';

const ACTOR = scriptActor('freeswitch tests');
const CURRENCY = 'EUR';

export const DOMAIN = 'lab.example';

/** Which carrier is asked first follows from these: per minute, so that each story has its prefix. */
const CARRIER_PRICES = {
  /** Refuses every call with 503. */
  down: { '44': '0.05', '4530': '0.02', '4542': '0.01' },
  /** Answers every call. */
  good: {
    '44': '0.10',
    '49': '0.20',
    '33': '0.40',
    '1': '1.20',
    '48': '0.06',
    '47': '0.10',
    '45': '0.05',
    // Cheap to Denmark, but not to this part of it.
    '4512': '0.30',
  },
  /** Rings for ever. */
  slow: { '39': '0.10' },
  /** Is always busy. */
  busy: { '33': '0.10', '46': '0.10', '4543': '0.01' },
  /** Says nothing at all, not even that it is trying. */
  mute: { '47': '0.05', '46': '0.05' },
  /** Answers every call. */
  spare: { '45': '0.10' },
  /** Is always busy, and means by it that another carrier may do better. */
  yielding: { '4540': '0.02', '4542': '0.02', '4543': '0.02' },
  /** Refuses every call with 503, and means by it that nobody can do better. */
  strict: { '4541': '0.02' },
  /** Each answers one call at a time. */
  narrow: { '354': '0.05' },
  narrow2: { '354': '0.06' },
  /** Wants to be registered with, and never answers that. */
  unregistered: { '4544': '0.01' },
} as const;

/** Carriers that read some cause in a way of their own. */
const CAUSES: Partial<Record<CarrierName, CarrierCauses>> = {
  yielding: { USER_BUSY: 'next' },
  strict: { NORMAL_TEMPORARY_FAILURE: 'stop' },
};

const REGISTRATION = { register: true, username: 'lab', password: 'of-the-lab' };

const ONE_CALL_EACH: readonly CarrierName[] = ['narrow', 'narrow2'];

export type CarrierName = keyof typeof CARRIER_PRICES;
const CARRIERS = Object.keys(CARRIER_PRICES) as readonly CarrierName[];

interface RetailRate {
  readonly perMinute: string;
  readonly connectFee: string;
}

/** Retail prices, by prefix, billed per second. */
export const RETAIL = {
  '44': { perMinute: '0.30', connectFee: '0' },
  '49': { perMinute: '0.60', connectFee: '0.05' },
  '33': { perMinute: '0.60', connectFee: '0' },
  '39': { perMinute: '0.60', connectFee: '0' },
  '1': { perMinute: '6.00', connectFee: '0' },
  '48': { perMinute: '0.60', connectFee: '0' },
  '47': { perMinute: '0.60', connectFee: '0' },
  '46': { perMinute: '0.60', connectFee: '0' },
  '45': { perMinute: '0.60', connectFee: '0' },
  // Less than it costs.
  '4581': { perMinute: '0.01', connectFee: '0' },
  '354': { perMinute: '0.60', connectFee: '0' },
} as const satisfies Readonly<Record<string, RetailRate>>;

/** A reseller buys at this part of the retail price. */
const WHOLESALE = {
  '44': '0.20',
  '49': '0.40',
  '33': '0.50',
  '39': '0.40',
  '1': '4',
  '48': '0.40',
  '47': '0.40',
  '46': '0.40',
  '45': '0.40',
  '4581': '0.01',
  '354': '0.40',
};

/** One customer per kind of story, so that no story spends another's money. */
export const FUNDS = {
  rich: '100',
  long: '100',
  short: '0.50',
  shortest: '0.30',
  broke: '0',
  dated: '100',
} as const;
export type CustomerName = keyof typeof FUNDS;

export interface Phone {
  readonly user: string;
  readonly password: string;
}

export const PHONES = {
  alice: { user: '1001', password: 'a-password-of-alice' },
  bob: { user: '1002', password: 'a-password-of-bob' },
  long: { user: '1003', password: 'a-password-of-long' },
  short: { user: '1004', password: 'a-password-of-short' },
  broke: { user: '1005', password: 'a-password-of-broke' },
  dora: { user: '1006', password: 'a-password-of-dora' },
  shortest: { user: '1007', password: 'a-password-of-shortest' },
} as const satisfies Readonly<Record<string, Phone>>;

const OWNERS: Readonly<Record<keyof typeof PHONES, CustomerName>> = {
  alice: 'rich',
  bob: 'rich',
  long: 'long',
  short: 'short',
  broke: 'broke',
  dora: 'dated',
  shortest: 'shortest',
};

export const DIDS = { phone: '4930111', menu: '4930222' } as const;

/** The sheet of the customer whose prices change while calls go on. */
export const DATED_SHEET = 'retail with dates';
const DATED_RATES = [{ prefix: '45', rate_per_minute: '0.60' }];

/** Where carriers' own calls come from; another loopback address is a stranger. */
export const CARRIER_IP = '127.0.0.2';
export const STRANGER_IP = '127.0.0.3';

export interface TenantOptions {
  readonly database: Database;
  readonly secretKey: string;
  readonly carrierPorts: Readonly<Record<CarrierName, number>>;
  readonly switch: {
    readonly eslPort: number;
    readonly eslPassword: string;
    readonly internalPort: number;
    readonly externalPort: number;
  };
}

export interface Tenant {
  readonly accountIds: Readonly<Record<CustomerName, number>>;
  readonly switchId: number;
  /** `user:password` of the switch for the engine's HTTP side. */
  readonly credentials: string;
}

/** Everything the stories need, made through the services that serve the API. */
export async function makeTenant(options: TenantOptions): Promise<Tenant> {
  const deps: AdminDeps = {
    database: options.database,
    clock: systemClock,
    secrets: createSecrets(options.secretKey),
  };
  const planId = await makeCarriers(deps, options.carrierPorts);
  const resellerId = await makeReseller(deps, planId);
  const accountIds = await makeCustomers(deps, resellerId);
  await makePhones(deps, accountIds);
  const { row, httpPassword } = await createSwitch(deps, ACTOR, {
    name: 'lab',
    http_username: 'lab',
    allowed_cidrs: ['127.0.0.0/8'],
    esl_host: '127.0.0.1',
    esl_port: options.switch.eslPort,
    esl_password: options.switch.eslPassword,
    sip_ip: '127.0.0.1',
    rtp_ip: '127.0.0.1',
    internal_port: options.switch.internalPort,
    external_port: options.switch.externalPort,
  });
  return { accountIds, switchId: row.id, credentials: `lab:${httpPassword}` };
}

async function makeCarriers(
  deps: AdminDeps,
  ports: Readonly<Record<CarrierName, number>>,
): Promise<number> {
  const members: { carrier_id: number }[] = [];
  for (const name of CARRIERS) {
    const rates = Object.entries(CARRIER_PRICES[name]).map(([prefix, perMinute]) => ({
      prefix,
      rate_per_minute: perMinute,
    }));
    const sheetId = await makeSheet(deps, `carrier ${name}`, rates);
    const carrier = await createCarrier(deps, ACTOR, {
      code: name,
      name,
      currency: CURRENCY,
      rate_sheet_id: sheetId,
    });
    await createGateway(deps, ACTOR, {
      carrier_id: carrier.id,
      name: `gw-${name}`,
      proxy: `127.0.0.1:${String(ports[name])}`,
      inbound_cidrs: name === 'good' ? [`${CARRIER_IP}/32`] : [],
      progress_timeout_s: 4,
      carries_emergency: name === 'down' || name === 'good',
      ...(name === 'unregistered' ? REGISTRATION : {}),
    });
    members.push({ carrier_id: carrier.id });
    await markCarrier(deps, name, carrier.id);
  }
  return (await createPlan(deps, ACTOR, { name: 'all carriers', carriers: members })).id;
}

/** Before any engine is there to be told of it. */
async function markCarrier(deps: AdminDeps, name: CarrierName, id: number): Promise<void> {
  const causes = CAUSES[name];
  const { orm } = deps.database;
  if (causes !== undefined) await orm.update(carriers).set({ causes }).where(eq(carriers.id, id));
  if (!ONE_CALL_EACH.includes(name)) return;
  await orm.update(gateways).set({ maxChannels: 1 }).where(eq(gateways.carrierId, id));
}

async function makeReseller(deps: AdminDeps, planId: number): Promise<number> {
  const operator = await createAccount(deps, ACTOR, {
    kind: 'operator',
    code: 'operator',
    name: 'Operator',
    billing_mode: 'postpaid',
    currency: CURRENCY,
    parent_id: null,
    lcr_plan_id: planId,
  });
  const rates = Object.entries(WHOLESALE).map(([prefix, perMinute]) => ({
    prefix,
    rate_per_minute: perMinute,
  }));
  const reseller = await createAccount(deps, ACTOR, {
    kind: 'reseller',
    code: 'reseller',
    name: 'Reseller',
    billing_mode: 'postpaid',
    credit_limit: '1000',
    currency: CURRENCY,
    parent_id: operator.id,
    rate_sheet_id: await makeSheet(deps, 'wholesale', rates),
  });
  return reseller.id;
}

async function makeCustomers(
  deps: AdminDeps,
  resellerId: number,
): Promise<Readonly<Record<CustomerName, number>>> {
  const rates = Object.entries(RETAIL).map(([prefix, { perMinute, connectFee }]) => ({
    prefix,
    rate_per_minute: perMinute,
    connect_fee: connectFee,
  }));
  const sheetId = await makeSheet(deps, 'retail', rates);
  const make = async (name: CustomerName, ownSheetId = sheetId): Promise<number> => {
    const account = await createAccount(deps, ACTOR, {
      kind: 'customer',
      code: name,
      name,
      billing_mode: 'prepaid',
      currency: CURRENCY,
      parent_id: resellerId,
      rate_sheet_id: ownSheetId,
    });
    const target = { accountId: account.id, postingKey: `funds of ${name}` };
    if (FUNDS[name] !== '0') await addPayment(deps, ACTOR, target, { amount: FUNDS[name] });
    return account.id;
  };
  return {
    rich: await make('rich'),
    long: await make('long'),
    short: await make('short'),
    shortest: await make('shortest'),
    broke: await make('broke'),
    dated: await make('dated', await makeSheet(deps, DATED_SHEET, DATED_RATES)),
  };
}

/** Every customer's phones are in a domain of their own, as tenants are. */
export function domainOf(phone: keyof typeof PHONES): string {
  return `${OWNERS[phone]}.${DOMAIN}`;
}

async function makePhones(
  deps: AdminDeps,
  accountIds: Readonly<Record<CustomerName, number>>,
): Promise<void> {
  const domainIds = new Map<string, number>();
  for (const [name, account] of Object.entries(accountIds)) {
    const domain = await createDomain(deps, ACTOR, {
      account_id: account,
      name: `${name}.${DOMAIN}`,
    });
    domainIds.set(domain.name, domain.id);
  }
  const extensionIds = new Map<string, number>();
  for (const name of Object.keys(PHONES) as (keyof typeof PHONES)[]) {
    const { user, password } = PHONES[name];
    const domainId = domainIds.get(domainOf(name)) ?? 0;
    const input = { domain_id: domainId, number: user, name, password };
    extensionIds.set(name, (await createExtension(deps, ACTOR, input)).id);
  }
  await makeNumbers(deps, accountIds.rich, extensionIds.get('bob') ?? 0);
}

async function makeNumbers(deps: AdminDeps, accountId: number, bobId: number): Promise<void> {
  const menu = await createMenu(deps, ACTOR, {
    account_id: accountId,
    name: 'lab-menu',
    greet_long: 'tone_stream://%(1000,200,440);loops=3',
    digit_length: 1,
    entries: [{ digits: '5', transfer_to: '9196' }],
  });
  await createDid(deps, ACTOR, { number: DIDS.phone, account_id: accountId, extension_id: bobId });
  await createDid(deps, ACTOR, { number: DIDS.menu, account_id: accountId, ivr_menu_id: menu.id });
}

async function makeSheet(
  deps: AdminDeps,
  name: string,
  rows: readonly { prefix: string; rate_per_minute: string; connect_fee?: string }[],
): Promise<number> {
  const sheet = await createSheet(deps, ACTOR, { name, currency: CURRENCY });
  const release = await createRelease(deps, ACTOR, sheet.id, {
    effective_from: '2020-01-01T00:00:00Z',
  });
  await addRows(deps, ACTOR, release.id, { rows: [...rows] });
  await activateRelease(deps, ACTOR, { id: release.id }, {});
  return sheet.id;
}
