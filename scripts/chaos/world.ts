import type { PlainRate } from './plain-price.js';

/** Everything the run knows of the company it plays, independently of what the engine stores. */
export interface ChaosWorld {
  readonly sheets: ReadonlyMap<string, readonly PlainRate[]>;
  /** Parents first. */
  readonly accounts: readonly ChaosAccount[];
  readonly carriers: readonly ChaosCarrier[];
  readonly dids: readonly ChaosDid[];
  readonly packages: readonly ChaosPackage[];
}

export interface ChaosPhone {
  /** `1001@c1.example`. */
  readonly address: string;
  /** Prices its calls for the first who pays; else the account's does. */
  readonly sheet?: string;
  /** It has money of its own, to begin with so much. */
  readonly ownCredit?: string;
  /** It draws on the own money of this one. */
  readonly drawsOn?: string;
  readonly forwardTo?: string;
  readonly maxCalls?: number;
}

export interface ChaosAccount {
  readonly code: string;
  /** Null for those that buy directly from the operator. */
  readonly parent: string | null;
  readonly sheet: string;
  readonly inboundSheet: string | null;
  /** Another account whose money its calls are paid with. */
  readonly paidBy: string | null;
  readonly creditLimit: string;
  readonly credit: string;
  readonly maxCalls: number | null;
  readonly isCustomer: boolean;
  /** None for resellers. */
  readonly phones: readonly ChaosPhone[];
}

export interface ChaosCarrier {
  readonly code: string;
  readonly gateway: string;
  readonly sheet: string;
  readonly maxChannels: number | null;
}

/** A number of ours that carriers bring calls to. */
export interface ChaosDid {
  readonly number: string;
  readonly account: string;
  readonly extension: string;
  readonly sheet: string | null;
  readonly freeMinutes: number;
  readonly maxChannels: number | null;
}

/** Inclusive seconds, of an account or of one of its phones. */
export interface ChaosPackage {
  readonly name: string;
  readonly account: string;
  readonly phone: string | null;
  readonly period: 'monthly' | 'once';
  readonly includedS: number;
  readonly incrementS: number;
  readonly prefixes: readonly string[];
}

/** Any would do: the engines and the phones of a run live on one machine and for some minutes. */
export function passwordOf(phone: string): string {
  return `chaos-${phone}`;
}

/** One who pays for a call, by the prices of one sheet. */
export interface ChaosPayer {
  readonly kind: 'account' | 'extension';
  /** An account's code, or a phone's address. */
  readonly who: string;
  readonly sheet: string;
}

/** Who pays for a call of this phone to the outside, from the phone upwards. */
export function payersOfCall(world: ChaosWorld, phoneAddress: string): readonly ChaosPayer[] {
  const [account, ...above] = chainOf(world, phoneAddress);
  const phone = account?.phones.find(({ address }) => address === phoneAddress);
  if (account === undefined || phone === undefined) return [];
  const purse = phone.ownCredit === undefined ? phone.drawsOn : phone.address;
  const sheet = phone.sheet ?? account.sheet;
  const customer = accountPayer(account, purse === undefined ? sheet : account.sheet);
  const resellers = above.map((one) => accountPayer(one, one.sheet));
  if (purse === undefined) return [customer, ...resellers];
  return [{ kind: 'extension', who: purse, sheet }, customer, ...resellers];
}

/** Who pays for being called on a number: whoever has a sheet for it, and nobody else. */
export function payersOfDid(world: ChaosWorld, did: ChaosDid): readonly ChaosPayer[] {
  return chainOf(world, did.extension).flatMap((account, level) => {
    const sheet = (level === 0 ? did.sheet : null) ?? account.inboundSheet;
    return sheet === null ? [] : [accountPayer(account, sheet)];
  });
}

function accountPayer(account: ChaosAccount, sheet: string): ChaosPayer {
  return { kind: 'account', who: account.paidBy ?? account.code, sheet };
}

/** The account of a phone and the resellers above. */
export function chainOf(world: ChaosWorld, phoneAddress: string): readonly ChaosAccount[] {
  const chain: ChaosAccount[] = [];
  let account = world.accounts.find(({ phones }) =>
    phones.some(({ address }) => address === phoneAddress),
  );
  while (account !== undefined) {
    chain.push(account);
    const { parent } = account;
    account = world.accounts.find(({ code }) => code === parent);
  }
  return chain;
}

/** The phone whose calls are sent on to this number, which nothing else ever calls. */
export function forwarderTo(world: ChaosWorld, number: string): string | undefined {
  for (const { phones } of world.accounts) {
    const found = phones.find(({ forwardTo }) => forwardTo === number);
    if (found !== undefined) return found.address;
  }
  return undefined;
}
