import { Decimal } from 'decimal.js';
import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { SimLeg } from '../../../scripts/simulator/leg.js';
import type { Database } from '../../../db/client.js';
import { ACME, BETA, CARRIER_A, CARRIER_B, CARRIER_C, RESELLER } from '../../support/world.js';

/** What a second costs, by who pays: the customers, the reseller, and us. */
const PER_SECOND = { customer: '0.01', reseller: '0.005' } as const;
const CARRIER_PER_SECOND: Readonly<Record<string, string>> = {
  carrierA: '0.002',
  carrierB: '0.003',
  carrierC: '0.004',
};
const CARRIER_IDS: Readonly<Record<string, number>> = {
  carrierA: CARRIER_A,
  carrierB: CARRIER_B,
  carrierC: CARRIER_C,
};

interface StoredLeg {
  readonly state: string;
  readonly billUs: number;
  readonly grantedS: number | null;
  readonly accountId: number | null;
  readonly postings: number;
  /** `role party amount`, sorted. */
  readonly charges: readonly string[];
}

/** Legs of the switches that a carrier answered. */
export function chargedLegs(legs: readonly SimLeg[]): readonly SimLeg[] {
  return legs.filter((leg) => leg.spec.kind === 'gateway' && leg.isAnswered);
}

/** How the books tell an answered leg otherwise than the switch; nothing when they agree. */
export async function wrongLegs(
  database: Database,
  legs: readonly SimLeg[],
): Promise<readonly string[]> {
  const stored = await storedLegs(database);
  return chargedLegs(legs).flatMap((leg) => {
    const found = stored.get(leg.uuid);
    const billUs = leg.times.endUs - leg.times.answerUs;
    if (found === undefined) return [`${leg.uuid}: not in the books, talked ${String(billUs)} us`];
    const expected = expectedCharges(leg, found);
    const problems = [
      found.state === 'settled' ? null : `is ${found.state}`,
      found.billUs === billUs ? null : `billed ${String(found.billUs)} of ${String(billUs)} us`,
      found.postings === 1 ? null : `posted ${String(found.postings)} times`,
      found.charges.join() === expected.join()
        ? null
        : `charged ${found.charges.join()}, expected ${expected.join()}`,
    ].filter((problem) => problem !== null);
    return problems.length === 0 ? [] : [`${leg.uuid}: ${problems.join('; ')}`];
  });
}

/** From the answered time alone; payers are never charged beyond what was granted, carriers are owed. */
function expectedCharges(leg: SimLeg, { accountId, grantedS }: StoredLeg): readonly string[] {
  const seconds = Math.ceil((leg.times.endUs - leg.times.answerUs) / 1_000_000);
  const paid = Math.min(seconds, grantedS ?? seconds);
  const { gateway } = leg.spec;
  const of = (rate: string, count: number): string => new Decimal(rate).times(count).toFixed(6);
  const carrier = `carrier ${String(CARRIER_IDS[gateway])} ${of(CARRIER_PER_SECOND[gateway] ?? '0', seconds)}`;
  const payers =
    accountId === ACME
      ? [`payer ${String(ACME)} ${of(PER_SECOND.customer, paid)}`]
      : [
          `payer ${String(BETA)} ${of(PER_SECOND.customer, paid)}`,
          `payer ${String(RESELLER)} ${of(PER_SECOND.reseller, paid)}`,
        ];
  return [carrier, ...payers].sort();
}

async function storedLegs(database: Database): Promise<ReadonlyMap<string, StoredLeg>> {
  const rows = await rowsOf<Omit<StoredLeg, 'charges'> & { uuid: string; charges: string | null }>(
    database,
    sql`select l.leg_uuid uuid, l.state, l.bill_us billUs, c.granted_s grantedS, c.account_id accountId,
        (select count(*) from ledger_transactions t
          where t.kind = 'call' and t.reference = l.leg_uuid) postings,
        (select group_concat(concat(h.role, ' ', h.party_id, ' ', h.amount)) from leg_charges h
          where h.leg_uuid = l.leg_uuid) charges
      from legs l left join calls c on c.id = l.call_id`,
  );
  return new Map(
    rows.map((row) => [
      row.uuid,
      {
        ...row,
        billUs: Number(row.billUs),
        postings: Number(row.postings),
        charges: (row.charges ?? '').split(',').filter(Boolean).sort(),
      },
    ]),
  );
}

/** The most legs that ran or rang over a gateway at one moment. */
export function mostAtOnce(legs: readonly SimLeg[], gateway: string): number {
  const moments = legs
    .filter((leg) => leg.spec.kind === 'gateway' && leg.spec.gateway === gateway)
    .flatMap((leg) => [
      { atUs: leg.times.startUs, change: 1 },
      { atUs: leg.times.endUs, change: -1 },
    ])
    .sort((one, other) => one.atUs - other.atUs || one.change - other.change);
  let now = 0;
  let most = 0;
  for (const { change } of moments) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}

/** What is not over yet, by kind, with ids; empty when everything is. */
export async function unfinished(database: Database): Promise<readonly string[]> {
  const rows = await rowsOf<{ what: string }>(
    database,
    sql`select concat('hold of call ', call_id) what from holds where state = 'held'
      union all select concat('call ', id, ' ', state) from calls where state in ('authorized', 'answered')
      union all select concat('leg ', leg_uuid) from legs where state = 'answered'
      union all select concat('claim of call ', call_id) from channel_claims where state = 'open'
      union all select concat('report of leg ', coalesce(leg_uuid, '?')) from cdr_inbox`,
  );
  return rows.map(({ what }) => what);
}

/** Every table's checksum: equal on servers that hold the same rows. */
export async function checksums(database: Database): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    database,
    sql`select table_name name from information_schema.tables
      where table_schema = database() and table_type = 'BASE TABLE' order by table_name`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const [row] = await rowsOf<{ Checksum: number }>(
      database,
      sql`checksum table ${sql.identifier(name)}`,
    );
    lines.push(`${name} ${String(row?.Checksum)}`);
  }
  return lines.join('\n');
}

/** Tables without a primary key: a cluster cannot replicate deletions from them. */
export async function tablesWithoutKey(database: Database): Promise<readonly string[]> {
  const rows = await rowsOf<{ name: string }>(
    database,
    sql`select t.table_name name from information_schema.tables t
      left join information_schema.table_constraints k
        on k.table_schema = t.table_schema and k.table_name = t.table_name
        and k.constraint_type = 'PRIMARY KEY'
      where t.table_schema = database() and t.table_type = 'BASE TABLE' and k.table_name is null`,
  );
  return rows.map(({ name }) => name);
}

export async function rowsOf<Row>(database: Database, query: SQL): Promise<readonly Row[]> {
  const [rows] = await database.orm.execute(query);
  // mysql2 cannot know the columns of a statement written by hand.
  return rows as unknown as readonly Row[];
}
