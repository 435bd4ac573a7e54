import mysql from 'mysql2/promise';
import { connectionOptions } from '../../../db/client.js';
import type { Decision } from '../../../server/calls/decision.js';
import type { IdByName } from '../seed-world.js';
import type { Truth } from '../truth.js';
import type { ChaosWorld } from '../world.js';

/** Something that must not be, said so that a person can look for it. */
export interface Problem {
  readonly check: string;
  readonly what: string;
  /** For the story. */
  readonly legUuid?: string;
  readonly callId?: string;
}

export interface LegRecord {
  readonly leg_uuid: string;
  readonly call_id: string | null;
  readonly kind: string;
  readonly state: string;
  readonly route_index: number | null;
  readonly answer_us: number;
  readonly end_us: number;
  readonly bill_us: number;
  readonly price: string;
  readonly cost: string;
  readonly hangup_cause: string | null;
  readonly source: string | null;
}

export interface CallRecord {
  readonly id: string;
  readonly a_leg_uuid: string;
  readonly state: string;
  readonly granted_s: number | null;
  readonly destination: string;
  readonly decision: Decision;
}

export interface ChargeRecord {
  readonly leg_uuid: string;
  readonly role: string;
  readonly party_id: number;
  readonly level: number;
  readonly amount: string;
  /** Seconds off its front that inclusive time paid for. */
  readonly covered_s: number;
}

/** Inclusive seconds of one period. */
export interface BucketRecord {
  readonly owner: string;
  readonly total_s: number;
  readonly used_s: number;
  readonly held_s: number;
  /** What its calls say they used of it. */
  readonly used_by_calls_s: string;
}

/** One entry of the books, in the order in which they were written. */
export interface EntryRecord {
  readonly id: number;
  readonly kind: string;
  readonly reference: string;
  readonly idempotency_key: string;
  readonly ledger_kind: string;
  readonly owner_type: string;
  readonly owner_id: number;
  readonly amount: string;
}

/** All that the engine stored, read once everything is quiet, beside what really happened. */
export interface Evidence {
  readonly truth: Truth;
  readonly world: ChaosWorld;
  readonly ids: IdByName;
  /** How long an engine waits for a report before it does without, in ms. */
  readonly graceMs: number;
  readonly legs: ReadonlyMap<string, LegRecord>;
  readonly calls: ReadonlyMap<string, CallRecord>;
  readonly charges: ReadonlyMap<string, readonly ChargeRecord[]>;
  readonly entries: readonly EntryRecord[];
  readonly buckets: readonly BucketRecord[];
}

export async function readEvidence(
  url: string,
  known: Pick<Evidence, 'truth' | 'world' | 'ids' | 'graceMs'>,
): Promise<Evidence> {
  const connection = await mysql.createConnection(connectionOptions(url));
  // The statements say what the rows are; amounts stay text.
  const read = async <Row>(statement: string): Promise<readonly Row[]> => {
    const [rows] = await connection.query(statement);
    return rows as unknown as readonly Row[];
  };
  try {
    const legs = await read<LegRecord>(
      `SELECT leg_uuid, call_id, kind, state, route_index, answer_us, end_us, bill_us, price, cost,
              hangup_cause, source FROM legs`,
    );
    const calls = await read<CallRecord & { readonly decision: unknown }>(
      'SELECT id, a_leg_uuid, state, granted_s, destination, decision FROM calls',
    );
    const charges = await read<ChargeRecord>(
      'SELECT leg_uuid, role, party_id, level, amount, covered_s FROM leg_charges',
    );
    const entries = await read<EntryRecord>(
      `SELECT e.id, t.kind, t.reference, t.idempotency_key, a.kind AS ledger_kind, a.owner_type,
              a.owner_id, e.amount
         FROM ledger_entries e
         JOIN ledger_transactions t ON t.id = e.transaction_id
         JOIN ledger_accounts a ON a.id = e.ledger_account_id ORDER BY e.id`,
    );
    const buckets = await read<BucketRecord>(
      `SELECT COALESCE(p.name, d.number) AS owner, b.total_s, b.used_s, b.held_s,
              COALESCE(SUM(h.used_s), 0) AS used_by_calls_s
         FROM allowance_buckets b
         LEFT JOIN package_assignments a ON b.owner_type = 'package' AND a.id = b.owner_id
         LEFT JOIN packages p ON p.id = a.package_id
         LEFT JOIN dids d ON b.owner_type = 'did' AND d.id = b.owner_id
         LEFT JOIN allowance_holds h ON h.bucket_id = b.id GROUP BY b.id`,
    );
    return {
      ...known,
      legs: new Map(legs.map((leg) => [leg.leg_uuid, leg])),
      calls: new Map(
        calls.map((call) => [call.id, { ...call, decision: decisionIn(call.decision) }]),
      ),
      charges: groupBy(charges, (charge) => charge.leg_uuid),
      entries,
      buckets,
    };
  } finally {
    await connection.end();
  }
}

export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** MariaDB keeps JSON as text. */
function decisionIn(stored: unknown): Decision {
  const value: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored;
  // Written by the engine and by nothing else.
  return value as Decision;
}
