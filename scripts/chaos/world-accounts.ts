import { SHEETS } from './world-prices.js';
import type {
  ChaosAccount,
  ChaosCarrier,
  ChaosDid,
  ChaosPackage,
  ChaosPhone,
  ChaosWorld,
} from './world.js';

const CARRIERS: readonly ChaosCarrier[] = [
  { code: 'A', gateway: 'carrierA', sheet: 'Carrier A', maxChannels: null },
  { code: 'B', gateway: 'carrierB', sheet: 'Carrier B', maxChannels: null },
  { code: 'C', gateway: 'carrierC', sheet: 'Carrier C', maxChannels: null },
  { code: 'D', gateway: 'carrierD', sheet: 'Carrier D', maxChannels: 5 },
];

type Over = Partial<ChaosAccount> & Pick<ChaosAccount, 'parent' | 'sheet'>;

/** Three phones each; `phones` says what is special about them, in order. */
function customer(
  index: number,
  over: Over,
  phones: readonly Partial<ChaosPhone>[] = [],
): ChaosAccount {
  return {
    code: `C${String(index)}`,
    inboundSheet: null,
    paidBy: null,
    creditLimit: '0',
    credit: '2',
    maxCalls: null,
    isCustomer: true,
    phones: [0, 1, 2].map((at) => ({ address: phone(index, at), ...phones[at] })),
    ...over,
  };
}

function phone(account: number, at: number): string {
  return `${String(1001 + at)}@c${String(account)}.example`;
}

function reseller(code: string, over: Partial<ChaosAccount>): ChaosAccount {
  return {
    code,
    parent: null,
    sheet: 'Transit',
    inboundSheet: null,
    paidBy: null,
    creditLimit: '0',
    credit: '20',
    maxCalls: null,
    isCustomer: false,
    phones: [],
    ...over,
  };
}

/** Called by nobody but those who are sent on to them. */
const FORWARDS = ['442099990011', '442099990012'] as const;

/** Balances are small, so that many calls meet at the end of each. */
const ACCOUNTS: readonly ChaosAccount[] = [
  reseller('R1', { credit: '6' }),
  reseller('R2', { parent: 'R1', sheet: 'Wholesale', credit: '4' }),
  reseller('R3', { credit: '3', creditLimit: '2', inboundSheet: 'Inbound wholesale' }),
  customer(1, { parent: null, sheet: 'Retail second' }),
  customer(2, { parent: null, sheet: 'Retail minute', credit: '3' }),
  customer(3, { parent: null, sheet: 'Retail second', credit: '0', creditLimit: '1.5' }),
  customer(4, { parent: null, sheet: 'Retail second', credit: '40', maxCalls: 4 }, [
    { maxCalls: 2 },
  ]),
  customer(5, { parent: 'R1', sheet: 'Retail second', credit: '40' }),
  customer(6, { parent: 'R1', sheet: 'Retail minute' }),
  customer(7, { parent: 'R2', sheet: 'Retail second' }),
  customer(8, { parent: 'R2', sheet: 'Retail minute', credit: '60' }),
  customer(9, { parent: 'R3', sheet: 'Retail second', credit: '20' }),
  customer(10, { parent: 'R3', sheet: 'Retail minute', creditLimit: '0.5' }),
  // Inclusive minutes, shared by all its phones; one has some of its own beside them.
  customer(11, { parent: null, sheet: 'Retail second', credit: '3' }),
  customer(12, { parent: 'R1', sheet: 'Retail second', credit: '3' }),
  // Extensions with money of their own, one of which lets another draw on it.
  customer(13, { parent: 'R1', sheet: 'Retail second', credit: '10' }, [
    { sheet: 'Retail wallet', ownCredit: '2' },
    { drawsOn: phone(13, 0) },
  ]),
  // Numbers that cost by the minute, and a phone that sends its calls on at its own expense.
  customer(14, { parent: 'R3', sheet: 'Retail second', credit: '3', inboundSheet: 'Inbound' }, [
    {},
    {},
    { forwardTo: FORWARDS[0] },
  ]),
  customer(15, { parent: null, sheet: 'Retail minute', credit: '4' }, [
    {},
    {},
    { forwardTo: FORWARDS[1] },
  ]),
  // A branch that its head office pays for, at prices of its own.
  customer(16, { parent: null, sheet: 'Retail second', credit: '0', paidBy: 'C2' }),
];

function did(last: number, account: number, at: number, over: Partial<ChaosDid> = {}): ChaosDid {
  return {
    number: `4930600010${String(last)}`,
    account: `C${String(account)}`,
    extension: phone(account, at),
    sheet: null,
    freeMinutes: 0,
    maxChannels: null,
    ...over,
  };
}

const DIDS: readonly ChaosDid[] = [
  did(10, 1, 0),
  did(11, 2, 0),
  did(12, 7, 0),
  did(13, 5, 0, { sheet: 'Inbound' }),
  did(14, 14, 0, { maxChannels: 2 }),
  did(15, 14, 1, { freeMinutes: 1 }),
  did(16, 14, 2),
  did(17, 15, 2),
  did(18, 1, 1, { maxChannels: 1 }),
];

const PACKAGES: readonly ChaosPackage[] = [
  {
    name: 'Britain and France',
    account: 'C11',
    phone: null,
    period: 'monthly',
    includedS: 120,
    incrementS: 6,
    prefixes: ['44', '33'],
  },
  {
    name: 'Britain once',
    account: 'C11',
    phone: phone(11, 0),
    period: 'once',
    includedS: 60,
    incrementS: 1,
    prefixes: ['44'],
  },
  {
    name: 'Everywhere',
    account: 'C12',
    phone: null,
    period: 'monthly',
    includedS: 400,
    incrementS: 1,
    prefixes: [''],
  },
  {
    name: 'Of a phone with money',
    account: 'C13',
    phone: phone(13, 0),
    period: 'monthly',
    includedS: 90,
    incrementS: 10,
    prefixes: ['447', '39'],
  },
];

export function chaosWorld(): ChaosWorld {
  return { sheets: SHEETS, accounts: ACCOUNTS, carriers: CARRIERS, dids: DIDS, packages: PACKAGES };
}
