import { and, asc, gte, inArray, eq } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../../../db/client.js';
import { findAllowanceHolds } from '../../../../db/repositories/allowances.js';
import { postTransactions } from '../../../../db/repositories/ledger.js';
import {
  accountDays,
  allowanceBuckets,
  calls,
  holds,
  ledgerAccounts,
  ledgerBalances,
} from '../../../../db/schema/index.js';
import { inTransaction } from '../../../../db/transaction.js';
import { adjustmentPosting } from '../../../../rating/ledger/postings.js';
import { Decimal } from '../../../../rating/money.js';
import type { PayerIdentity } from '../../../../rating/settlement/payer-key.js';
import { accountGuard, addPackage } from '../../../support/world-rules.js';
import { sheet } from '../../../support/world-rows.js';
import {
  ACME,
  ACME_1002,
  BETA,
  buildWorld,
  rateRow,
  release,
  RESELLER,
} from '../../../support/world.js';
import type { World } from '../../../support/world.js';
import { ACME_MAX_CALLS, BETA_DAILY, BUCKETS, isOpen } from './model.js';
import type { BucketName, Model, ModelCall, PurseName } from './model.js';

const SHEET_INBOUND = 21;
const DID = 1;
const PACKAGE_ACME = 1;
const PACKAGE_WALLET = 2;

export const OWNERS: Readonly<Record<PurseName, PayerIdentity>> = {
  acme: { accountId: ACME },
  wallet: { accountId: ACME, extensionId: ACME_1002 },
  beta: { accountId: BETA },
  reseller: { accountId: RESELLER },
};

const BUCKET_OWNERS: Readonly<Record<BucketName, readonly ['package' | 'did', number]>> = {
  acme: ['package', PACKAGE_ACME],
  wallet: ['package', PACKAGE_WALLET],
  did: ['did', DID],
};

/**
 * Acme's 1001 talks on the account's package and money, 1002 on a package and money of its own; a DID
 * of acme costs by the second after its free minutes; beta has a reseller above it and a daily limit.
 */
export function machineWorld(): World {
  const world = buildWorld();
  const prefixes = ['44'];
  addPackage(world, {
    ...{ id: PACKAGE_ACME, accountId: ACME, prefixes },
    package: { includedS: BUCKETS.acme.totalS, incrementS: BUCKETS.acme.incrementS },
  });
  addPackage(world, {
    ...{ id: PACKAGE_WALLET, accountId: ACME, extensionId: ACME_1002, prefixes },
    package: { includedS: BUCKETS.wallet.totalS, incrementS: BUCKETS.wallet.incrementS },
  });
  world.sheets.push(sheet(SHEET_INBOUND, 'inbound'));
  world.releases.push(release(SHEET_INBOUND, SHEET_INBOUND));
  world.rows.push(rateRow(30, SHEET_INBOUND, '972', '0.3'));
  world.extensions = world.extensions.map((extension) =>
    extension.id === ACME_1002 ? { ...extension, funds: 'own' } : extension,
  );
  world.accounts = world.accounts.map((account) =>
    account.id === ACME ? { ...account, maxCalls: ACME_MAX_CALLS } : account,
  );
  const freeMinutes = BUCKETS.did.totalS / 60;
  world.dids = world.dids.map((did) =>
    did.id === DID ? { ...did, freeMinutes, rateSheetId: SHEET_INBOUND } : did,
  );
  world.accountGuards.push(
    accountGuard(BETA, { dailySpend: new Decimal(BETA_DAILY).div(1000).toFixed(6) }),
  );
  return world;
}

/** Gives a payer thousandths of a unit, or takes them. */
export async function adjust(database: Database, name: PurseName, mills: number): Promise<void> {
  if (mills === 0) return;
  const reference = `adjustment:${uuidv7()}`;
  const amount = new Decimal(mills).div(1000);
  const entries = adjustmentPosting({ ...OWNERS[name], amount, currency: 'EUR' });
  await inTransaction(database, (tx) =>
    postTransactions(tx, [{ idempotencyKey: reference, kind: 'adjustment', reference, entries }]),
  );
}

/** What the database has that the model has too, in the words of the model. */
export interface Books {
  readonly purses: Model['purses'];
  readonly buckets: Model['buckets'];
  readonly betaSpent: number;
  readonly calls: readonly string[];
}

export async function readBooks(
  database: Database,
  run: { readonly startUs: number; readonly callIds: readonly string[] },
): Promise<Books> {
  const balances = await database.orm
    .select()
    .from(ledgerBalances)
    .innerJoin(ledgerAccounts, eq(ledgerAccounts.id, ledgerBalances.ledgerAccountId))
    .where(eq(ledgerAccounts.kind, 'client_credit'));
  const purse = (name: PurseName) => {
    const { accountId, extensionId } = OWNERS[name];
    const row = balances.find(({ ledger_accounts: { ownerType, ownerId } }) =>
      extensionId === undefined
        ? ownerType === 'account' && ownerId === accountId
        : ownerType === 'extension' && ownerId === extensionId,
    )?.ledger_balances;
    return { balance: inMills(row?.balance), held: inMills(row?.held) };
  };
  const days = await database.orm.select().from(accountDays).where(eq(accountDays.accountId, BETA));
  const today = new Date(run.startUs / 1000).toISOString().slice(0, 10);
  return {
    purses: {
      ...{ acme: purse('acme'), wallet: purse('wallet') },
      ...{ beta: purse('beta'), reseller: purse('reseller') },
    },
    buckets: await readBuckets(database, run.startUs),
    betaSpent: inMills(days.find(({ day }) => day === today)?.spent),
    calls: await readCalls(database, run.callIds),
  };
}

async function readBuckets(database: Database, startUs: number): Promise<Model['buckets']> {
  // Every run has a month of its own: the buckets of others are over.
  const rows = await database.orm
    .select()
    .from(allowanceBuckets)
    .where(and(gte(allowanceBuckets.periodEndUs, startUs)));
  const bucket = (name: BucketName) => {
    const [type, id] = BUCKET_OWNERS[name];
    const row = rows.find(({ ownerType, ownerId }) => ownerType === type && ownerId === id);
    return { used: row?.usedS ?? 0, held: row?.heldS ?? 0 };
  };
  return { acme: bucket('acme'), wallet: bucket('wallet'), did: bucket('did') };
}

async function readCalls(
  database: Database,
  callIds: readonly string[],
): Promise<readonly string[]> {
  if (callIds.length === 0) return [];
  const ids = [...callIds];
  const rows = await database.orm
    .select({ id: calls.id, state: calls.state, grantedS: calls.grantedS })
    .from(calls)
    .where(inArray(calls.id, ids))
    .orderBy(asc(calls.id));
  const money = await database.orm
    .select()
    .from(holds)
    .where(and(inArray(holds.callId, ids), eq(holds.state, 'held')))
    .orderBy(asc(holds.id));
  const seconds = await findAllowanceHolds(database.orm, ids);
  return rows.map(({ id, state, grantedS }) => {
    const held = money.filter(({ callId }) => callId === id).map(({ amount }) => inMills(amount));
    const time = seconds.find(({ callId }) => callId === id)?.seconds ?? 0;
    return shownCall({ id, state, granted: grantedS ?? 0, holds: held, seconds: time });
  });
}

function shownCall(
  call: Pick<ModelCall, 'id' | 'state' | 'granted' | 'holds' | 'seconds'>,
): string {
  const { id, state, granted, holds: money, seconds } = call;
  return `${id} ${state} for ${granted} s, holds ${money.join(' and ')} and ${seconds} s`;
}

/** The same of the model. */
export function booksOf(model: Model): Books {
  return {
    purses: model.purses,
    buckets: model.buckets,
    betaSpent: model.betaSpent,
    calls: model.calls
      .map((call) => shownCall({ ...call, seconds: isOpen(call) ? call.seconds : 0 }))
      .sort((a, b) => (a < b ? -1 : 1)),
  };
}

function inMills(amount: string | undefined): number {
  const mills = new Decimal(amount ?? 0).times(1000);
  if (!mills.isInteger()) throw new Error(`${String(amount)}: less than a thousandth is expected`);
  return mills.toNumber();
}
