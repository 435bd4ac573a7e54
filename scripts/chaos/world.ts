import type { TenantInput } from '../demo/tenant-data.js';
import type { PlainRate } from './plain-price.js';

/** Everything the run knows of the company it plays, independently of what the engine stores. */
export interface ChaosWorld {
  readonly tenant: Omit<TenantInput, 'switch'>;
  readonly sheets: ReadonlyMap<string, readonly PlainRate[]>;
  readonly accounts: readonly ChaosAccount[];
  readonly carriers: readonly ChaosCarrier[];
  /** Numbers of ours that carriers bring calls to. */
  readonly dids: readonly { readonly number: string; readonly extension: string }[];
}

export interface ChaosAccount {
  readonly code: string;
  /** Null for those that sell directly for the operator. */
  readonly parent: string | null;
  readonly sheet: string;
  readonly creditLimit: string;
  readonly credit: string;
  readonly maxCalls: number | null;
  readonly isCustomer: boolean;
  /** `1001@c1.example`, …; none for resellers. */
  readonly phones: readonly string[];
}

export interface ChaosCarrier {
  readonly code: string;
  readonly gateway: string;
  readonly sheet: string;
  readonly maxChannels: number | null;
}

const LONG_AGO = '2020-01-01T00:00:00Z';
const LOOPBACK = ['127.0.0.1/32'];

type Shape = readonly [perMinute: string, connectFee: string, initialS: number, incrementS: number];

function rates(byPrefix: Readonly<Record<string, Shape>>): readonly PlainRate[] {
  return Object.entries(byPrefix).map(([prefix, shape]) => {
    const [perMinute, connectFee, initialS, incrementS] = shape;
    return { prefix, perMinute, connectFee, initialS, incrementS };
  });
}

/**
 * Britain has three carriers, France two, Spain one with few channels, Italy one after another with
 * few channels. Every price is above the price of the level below, whatever the increments.
 */
const SHEETS: ReadonlyMap<string, readonly PlainRate[]> = new Map([
  [
    'Retail second',
    rates({
      '44': ['0.9000', '0', 1, 1],
      '447': ['1.2000', '0.0100', 1, 1],
      '33': ['0.6600', '0', 1, 1],
      '34': ['0.8100', '0', 1, 1],
      '39': ['0.7000', '0.0200', 6, 6],
    }),
  ],
  [
    'Retail minute',
    rates({
      '44': ['0.5000', '0', 60, 60],
      '447': ['0.7000', '0.0150', 30, 6],
      '33': ['0.5000', '0', 60, 1],
      '34': ['0.6000', '0', 30, 30],
      '39': ['0.6000', '0.0200', 60, 60],
    }),
  ],
  [
    'Wholesale',
    rates({
      '44': ['0.3100', '0', 1, 1],
      '447': ['0.4300', '0.0050', 1, 1],
      '33': ['0.3300', '0', 1, 1],
      '34': ['0.3700', '0', 6, 6],
      '39': ['0.4100', '0.0100', 6, 6],
    }),
  ],
  [
    'Transit',
    rates({
      '44': ['0.2300', '0', 1, 1],
      '447': ['0.3100', '0', 1, 1],
      '33': ['0.2300', '0', 1, 1],
      '34': ['0.2900', '0', 6, 6],
      '39': ['0.3100', '0.0050', 6, 6],
    }),
  ],
  [
    'Carrier A',
    rates({
      '44': ['0.1000', '0', 1, 1],
      '447': ['0.1500', '0', 1, 1],
      '39': ['0.1300', '0', 1, 1],
    }),
  ],
  [
    'Carrier B',
    rates({
      '44': ['0.1100', '0', 6, 6],
      '33': ['0.1000', '0', 1, 1],
      '447': ['0.1600', '0', 1, 1],
    }),
  ],
  ['Carrier C', rates({ '44': ['0.1250', '0', 1, 1], '33': ['0.1210', '0', 6, 6] })],
  ['Carrier D', rates({ '34': ['0.1400', '0', 1, 1], '39': ['0.1500', '0', 1, 1] })],
]);

const CARRIERS: readonly ChaosCarrier[] = [
  { code: 'A', gateway: 'carrierA', sheet: 'Carrier A', maxChannels: null },
  { code: 'B', gateway: 'carrierB', sheet: 'Carrier B', maxChannels: null },
  { code: 'C', gateway: 'carrierC', sheet: 'Carrier C', maxChannels: null },
  { code: 'D', gateway: 'carrierD', sheet: 'Carrier D', maxChannels: 5 },
];

const PHONES_PER_ACCOUNT = 3;

function customer(
  index: number,
  over: Partial<ChaosAccount> & Pick<ChaosAccount, 'parent' | 'sheet'>,
): ChaosAccount {
  const phones = Array.from(
    { length: PHONES_PER_ACCOUNT },
    (_unused, phone) => `${String(1001 + phone)}@c${String(index)}.example`,
  );
  return {
    code: `C${String(index)}`,
    creditLimit: '0',
    credit: '2',
    maxCalls: null,
    isCustomer: true,
    phones,
    ...over,
  };
}

function reseller(code: string, over: Partial<ChaosAccount>): ChaosAccount {
  return {
    code,
    parent: null,
    sheet: 'Transit',
    creditLimit: '0',
    credit: '20',
    maxCalls: null,
    isCustomer: false,
    phones: [],
    ...over,
  };
}

/** Parents first. Balances are small, so that many calls meet at the end of each. */
const ACCOUNTS: readonly ChaosAccount[] = [
  reseller('R1', { credit: '6' }),
  reseller('R2', { parent: 'R1', sheet: 'Wholesale', credit: '4' }),
  reseller('R3', { credit: '3', creditLimit: '2' }),
  customer(1, { parent: null, sheet: 'Retail second' }),
  customer(2, { parent: null, sheet: 'Retail minute', credit: '3' }),
  customer(3, { parent: null, sheet: 'Retail second', credit: '0', creditLimit: '1.5' }),
  customer(4, { parent: null, sheet: 'Retail second', credit: '40', maxCalls: 4 }),
  customer(5, { parent: 'R1', sheet: 'Retail second', credit: '40' }),
  customer(6, { parent: 'R1', sheet: 'Retail minute' }),
  customer(7, { parent: 'R2', sheet: 'Retail second' }),
  customer(8, { parent: 'R2', sheet: 'Retail minute', credit: '60' }),
  customer(9, { parent: 'R3', sheet: 'Retail second', credit: '20' }),
  customer(10, { parent: 'R3', sheet: 'Retail minute', creditLimit: '0.5' }),
];

const DIDS = [1, 2, 5, 7].map((index) => ({
  number: `49306000100${String(index)}`,
  extension: `1001@c${String(index)}.example`,
}));

export function chaosWorld(): ChaosWorld {
  return {
    sheets: SHEETS,
    accounts: ACCOUNTS,
    carriers: CARRIERS,
    dids: DIDS,
    tenant: {
      sheets: [...SHEETS].map(([name, rows]) => sheetInput(name, rows)),
      carriers: CARRIERS.map(carrierInput),
      plans: [{ name: 'Cheapest', carriers: CARRIERS.map(({ code }) => code) }],
      accounts: [operatorInput(), ...ACCOUNTS.map(accountInput)],
    },
  };
}

function sheetInput(name: string, rows: readonly PlainRate[]): TenantInput['sheets'][number] {
  return {
    name,
    currency: 'EUR',
    effective_from: LONG_AGO,
    rows: rows.map((rate) => ({
      prefix: rate.prefix,
      destination: `Zone ${rate.prefix}`,
      rate_per_minute: rate.perMinute,
      connect_fee: rate.connectFee,
      initial_increment_s: rate.initialS,
      increment_s: rate.incrementS,
    })),
  };
}

function carrierInput(carrier: ChaosCarrier, index: number): TenantInput['carriers'][number] {
  const { code, gateway, sheet, maxChannels } = carrier;
  return {
    code,
    name: `Carrier ${code}`,
    currency: 'EUR',
    rate_sheet: sheet,
    gateways: [
      {
        name: gateway,
        proxy: `127.0.0.1:${String(17_001 + index)}`,
        inbound_cidrs: LOOPBACK,
        max_channels: maxChannels,
      },
    ],
  };
}

function operatorInput(): TenantInput['accounts'][number] {
  return {
    code: 'OPERATOR',
    name: 'Chaos operator',
    kind: 'operator',
    billing_mode: 'postpaid',
    currency: 'EUR',
    lcr_plan: 'Cheapest',
  };
}

function accountInput(account: ChaosAccount): TenantInput['accounts'][number] {
  const { code, parent, sheet, creditLimit, credit, maxCalls, isCustomer, phones } = account;
  const domain = phones[0]?.split('@')[1];
  return {
    code,
    name: `Account ${code}`,
    kind: isCustomer ? 'customer' : 'reseller',
    parent: parent ?? 'OPERATOR',
    billing_mode: 'prepaid',
    currency: 'EUR',
    rate_sheet: sheet,
    credit_limit: creditLimit,
    max_calls: maxCalls,
    ...(/[1-9]/.test(credit) ? { credit } : {}),
    ...(isCustomer ? { lcr_plan: 'Cheapest' } : {}),
    ...(domain === undefined ? {} : { domains: [domainInput(domain, phones)] }),
    dids: DIDS.filter(({ extension }) => phones.includes(extension)),
  };
}

function domainInput(name: string, phones: readonly string[]) {
  return {
    name,
    extensions: phones.map((phone) => {
      const [number = ''] = phone.split('@');
      return { number, name: `Phone ${phone}`, password: passwordOf(phone) };
    }),
  };
}

/** Any would do: the engines and the phones of a run live on one machine and for some minutes. */
export function passwordOf(phone: string): string {
  return `chaos-${phone}`;
}

/** Who pays for what a phone of this domain calls: its account and the resellers above. */
export function chainOf(world: ChaosWorld, domain: string): readonly ChaosAccount[] {
  const chain: ChaosAccount[] = [];
  let account = world.accounts.find(({ phones }) =>
    phones.some((phone) => phone.endsWith(`@${domain}`)),
  );
  while (account !== undefined) {
    chain.push(account);
    const { parent } = account;
    account = world.accounts.find(({ code }) => code === parent);
  }
  return chain;
}
