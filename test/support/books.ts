import { expect } from 'chai';
import { and, eq } from 'drizzle-orm';
import type { Database } from '../../db/client.js';
import { calls, holds, ledgerAccounts, ledgerBalances, legs } from '../../db/schema/index.js';
import { checkLedger } from '../../db/views/ledger-check.js';

export interface Purse {
  readonly balance: string;
  readonly held: string;
}

type LedgerAccountRow = typeof ledgerAccounts.$inferSelect;

/** What the ledger says of one account of a kind; zeros when there is none yet. */
export async function purseOf(
  database: Database,
  ownerId: number,
  kind: LedgerAccountRow['kind'] = 'client_credit',
): Promise<Purse> {
  const ownerType = kind === 'carrier_payable' ? 'carrier' : 'account';
  return purseOfOwner(database, { kind, ownerType, ownerId });
}

/** What an extension has of its own. */
export async function walletOf(database: Database, extensionId: number): Promise<Purse> {
  const owner = { ownerType: 'extension', ownerId: extensionId } as const;
  return purseOfOwner(database, { kind: 'client_credit', ...owner });
}

async function purseOfOwner(
  database: Database,
  { kind, ownerType, ownerId }: Pick<LedgerAccountRow, 'kind' | 'ownerType' | 'ownerId'>,
): Promise<Purse> {
  const [row] = await database.orm
    .select({ balance: ledgerBalances.balance, held: ledgerBalances.held })
    .from(ledgerBalances)
    .innerJoin(ledgerAccounts, eq(ledgerAccounts.id, ledgerBalances.ledgerAccountId))
    .where(
      and(
        eq(ledgerAccounts.kind, kind),
        eq(ledgerAccounts.ownerType, ownerType),
        eq(ledgerAccounts.ownerId, ownerId),
      ),
    );
  return row ?? { balance: '0.000000', held: '0.000000' };
}

export async function callOf(database: Database, callId: string) {
  const [row] = await database.orm.select().from(calls).where(eq(calls.id, callId));
  if (row === undefined) throw new Error(`call ${callId}: not stored`);
  return row;
}

export async function legOf(database: Database, legUuid: string) {
  const [row] = await database.orm.select().from(legs).where(eq(legs.legUuid, legUuid));
  return row;
}

export async function openHolds(database: Database) {
  return database.orm.select().from(holds).where(eq(holds.state, 'held'));
}

/** Every statement that is true of correct books, recomputed from the entries. */
export async function expectCorrectBooks(database: Database): Promise<void> {
  const { checks } = await checkLedger(database);
  const wrong = checks.filter((check) => check.differences.length > 0);
  expect(wrong, JSON.stringify(wrong, null, 1)).to.deep.equal([]);
}
