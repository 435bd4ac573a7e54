import { sql } from 'drizzle-orm';
import type { LedgerQuestion } from './ledger-questions.js';

const bucketName = sql`concat('bucket ', b.id, ' of ', b.owner_type, ' ', b.owner_id)`;

/** What calls hold and have used of each bucket. */
const bucketHolds = sql`(
  select h.bucket_id, sum(if(h.state = 'held', h.seconds, 0)) as held,
    sum(if(h.state = 'released', h.used_s, 0)) as used
  from allowance_holds h
  group by h.bucket_id
)`;

const bucketsAreHolds: LedgerQuestion = {
  name: 'buckets_are_their_holds',
  statement: 'the inclusive seconds held and used of each bucket are those of its calls',
  count: sql`select count(*) as checked from allowance_buckets`,
  differences: sql`
    select ${bucketName} as subject,
      concat(b.held_s, ' s held, ', b.used_s, ' s used of ', b.total_s) as found,
      concat(coalesce(o.held, 0), ' s held, ', coalesce(o.used, 0), ' s used') as expected
    from allowance_buckets b
    left join ${bucketHolds} o on o.bucket_id = b.id
    where b.held_s <> coalesce(o.held, 0) or b.used_s <> coalesce(o.used, 0)
      or b.held_s + b.used_s > b.total_s`,
};

const allowancesEndWithCalls: LedgerQuestion = {
  name: 'allowances_end_with_calls',
  statement: 'no finished call holds inclusive seconds',
  count: sql`select count(*) as checked from allowance_holds`,
  differences: sql`
    select concat('seconds of bucket ', h.bucket_id, ' of call ', c.id) as subject,
      concat(h.seconds, ' s held, the call is ', c.state) as found, 'released' as expected
    from allowance_holds h
    join calls c on c.id = h.call_id
    where h.state = 'held' and c.state in ('settled', 'released', 'refused')`,
};

/** What the call named `s` used of its inclusive seconds. */
const usedByCall = sql`(
  select coalesce(sum(h.used_s), 0) from allowance_holds h where h.call_id = s.call_id
)`;

const coveredIsUsed: LedgerQuestion = {
  name: 'covered_is_used',
  statement: 'what inclusive seconds covered of a call, it used of its buckets',
  count: sql`select count(*) as checked from leg_charges where covered_s > 0`,
  differences: sql`
    select concat('call ', s.call_id) as subject, concat(${usedByCall}, ' s used') as found,
      concat(s.covered, ' s or more') as expected
    from (
      select l.call_id, sum(c.covered_s) as covered
      from leg_charges c
      join legs l on l.leg_uuid = c.leg_uuid
      where c.covered_s > 0
      group by l.call_id
    ) s
    where ${usedByCall} < s.covered`,
};

/** What the account named `d` was charged for its calls. */
const chargedTo = sql`(
  select coalesce(sum(c.amount), 0) from leg_charges c
  where c.role = 'payer' and c.party_id = d.account_id
)`;

const daysAreCharged: LedgerQuestion = {
  name: 'days_are_charged',
  statement: 'no account spent more on its days than it was charged',
  count: sql`select count(*) as checked from account_days`,
  differences: sql`
    select concat('days of account ', d.account_id) as subject, cast(d.spent as char) as found,
      concat(${chargedTo}, ' or less') as expected
    from (select account_id, sum(spent) as spent from account_days group by account_id) d
    where d.spent > ${chargedTo}`,
};

/** What is true of inclusive time and of the days that are counted for spending limits. */
export const ALLOWANCE_QUESTIONS: readonly LedgerQuestion[] = [
  bucketsAreHolds,
  allowancesEndWithCalls,
  coveredIsUsed,
  daysAreCharged,
];
