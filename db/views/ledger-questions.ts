import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';

/** Something that is true of correct books, and the statements that find where it is not. */
export interface LedgerQuestion {
  readonly name: string;
  readonly statement: string;
  /** Selects `checked`, a number of rows. */
  readonly count: SQL;
  /** Selects `subject`, `found` and `expected` as text, one row per difference, without a limit. */
  readonly differences: SQL;
}

/** A ledger account by its meaning, such as `client_credit account 3 EUR`. */
const accountName = sql`concat(a.kind, ' ', a.owner_type, ' ', a.owner_id, ' ', a.currency)`;

const transactionsBalance: LedgerQuestion = {
  name: 'transactions_balance',
  statement: 'every transaction sums to zero in each currency',
  count: sql`select count(*) as checked from ledger_transactions`,
  // Looked at one by one, most transactions show at once that they balance: only those with a sum, or
  // with several currencies, are sorted by currency.
  differences: sql`
    select concat('transaction ', e.transaction_id, ' ', e.currency) as subject,
      concat('a sum of ', sum(e.amount)) as found, '0.000000' as expected
    from (
      select t.id
      from ledger_transactions t
      where (
        select sum(s.amount) <> 0 or min(s.currency) <> max(s.currency)
        from ledger_entries s
        where s.transaction_id = t.id
      )
    ) candidates
    join ledger_entries e on e.transaction_id = candidates.id
    group by e.transaction_id, e.currency
    having sum(e.amount) <> 0`,
};

const transactionsHaveEntries: LedgerQuestion = {
  name: 'transactions_have_entries',
  statement: 'every transaction has at least two entries',
  count: sql`select count(*) as checked from ledger_transactions`,
  differences: sql`
    select concat('transaction ', t.id) as subject, concat(count(e.id), ' entries') as found,
      'two or more' as expected
    from ledger_transactions t
    left join ledger_entries e on e.transaction_id = t.id
    group by t.id
    having count(e.id) < 2`,
};

const currenciesAgree: LedgerQuestion = {
  name: 'currencies_agree',
  statement: 'every entry is in the currency of its account',
  count: sql`select count(*) as checked from ledger_entries`,
  differences: sql`
    select concat('entry ', e.id) as subject, e.currency as found, a.currency as expected
    from ledger_entries e
    join ledger_accounts a on a.id = e.ledger_account_id
    where e.currency <> a.currency`,
};

const balancesAreSums: LedgerQuestion = {
  name: 'balances_are_sums',
  statement: "every balance is the sum of its account's entries",
  count: sql`select count(*) as checked from ledger_accounts`,
  differences: sql`
    select ${accountName} as subject, cast(b.balance as char) as found,
      cast(coalesce(s.total, 0) as char) as expected
    from ledger_accounts a
    left join ledger_balances b on b.ledger_account_id = a.id
    left join (
      select e.ledger_account_id, sum(e.amount) as total
      from ledger_entries e
      group by e.ledger_account_id
    ) s on s.ledger_account_id = a.id
    where coalesce(b.balance, 0) <> coalesce(s.total, 0)`,
};

/** Open holds, added up per payer and currency: an account's money, or an extension's own. */
const openHolds = sql`(
  select if(h.extension_id = 0, 'account', 'extension') as owner_type,
    if(h.extension_id = 0, h.account_id, h.extension_id) as owner_id, h.currency,
    sum(h.amount) as total
  from holds h
  where h.state = 'held'
  group by 1, 2, 3
)`;

const holdIsOfOwner = sql`a.kind = 'client_credit' and a.owner_type = o.owner_type
  and a.owner_id = o.owner_id and a.currency = o.currency`;

const heldIsOpenHolds: LedgerQuestion = {
  name: 'held_is_open_holds',
  statement: 'what each account or extension has set aside is the sum of its open holds',
  count: sql`select count(*) as checked from holds h where h.state = 'held'`,
  differences: sql`
    select ${accountName} as subject, cast(coalesce(b.held, 0) as char) as found,
      cast(coalesce(o.total, 0) as char) as expected
    from ledger_accounts a
    left join ledger_balances b on b.ledger_account_id = a.id
    left join ${openHolds} o on ${holdIsOfOwner}
    where coalesce(b.held, 0) <> coalesce(o.total, 0)
    union all
    select concat('client_credit ', o.owner_type, ' ', o.owner_id, ' ', o.currency) as subject,
      'no ledger account' as found, cast(o.total as char) as expected
    from ${openHolds} o
    left join ledger_accounts a on ${holdIsOfOwner}
    where a.id is null and o.total <> 0`,
};

const holdsEndWithCalls: LedgerQuestion = {
  name: 'holds_end_with_calls',
  statement: 'no finished call holds money',
  count: sql`select count(*) as checked from holds`,
  differences: sql`
    select concat('hold ', h.id, ' of call ', c.id) as subject,
      concat(h.amount, ' ', h.currency, ' held, the call is ', c.state) as found,
      'released' as expected
    from holds h
    join calls c on c.id = h.call_id
    where h.state = 'held' and c.state in ('settled', 'released', 'refused')`,
};

/**
 * A leg's price is what its first payer was charged, its cost what its carrier is owed. Levels above
 * that payer are covered by the transaction's own sum. Each is looked up for one leg at a time, so that
 * nothing has to be sorted.
 */
const charged = sql`(
  select coalesce(-sum(e.amount), 0)
  from leg_charges p
  join ledger_entries e on e.transaction_id = l.transaction_id and e.currency = l.currency
  join ledger_accounts a on a.id = e.ledger_account_id
  where p.leg_uuid = l.leg_uuid and p.role in ('payer', 'extension') and p.level = 0
    and a.kind = 'client_credit' and a.owner_type = if(p.role = 'payer', 'account', 'extension')
    and a.owner_id = p.party_id
)`;
const owed = sql`(
  select coalesce(sum(e.amount), 0)
  from ledger_entries e
  join ledger_accounts a on a.id = e.ledger_account_id
  where e.transaction_id = l.transaction_id and e.currency = l.cost_currency
    and a.kind = 'carrier_payable' and a.owner_type = 'carrier' and a.owner_id = l.carrier_id
)`;

const legsArePosted: LedgerQuestion = {
  name: 'legs_are_posted',
  statement: 'every settled leg with a price or cost has its transaction, with those amounts',
  count: sql`
    select count(*) as checked from legs l
    where l.state = 'settled' and (l.price <> 0 or l.cost <> 0 or l.transaction_id is not null)`,
  differences: sql`
    select concat('leg ', l.leg_uuid) as subject,
      case when t.id is null then 'no transaction'
        else concat('transaction ', t.id, ' of ', t.kind, ' ', t.reference,
          ': charged ', ${charged}, ', owed ', ${owed}) end as found,
      concat('charged ', l.price, ', owed ', l.cost) as expected
    from legs l
    left join ledger_transactions t on t.id = l.transaction_id
    where l.state = 'settled' and (l.price <> 0 or l.cost <> 0 or l.transaction_id is not null)
      and (t.id is null or t.kind <> 'call' or t.reference <> l.leg_uuid
        or ${charged} <> l.price or ${owed} <> l.cost)`,
};

const postingsHaveLegs: LedgerQuestion = {
  name: 'postings_have_legs',
  statement: 'every transaction for a call belongs to exactly one settled leg',
  count: sql`select count(*) as checked from ledger_transactions t where t.kind = 'call'`,
  differences: sql`
    select concat('transaction ', t.id) as subject,
      case when l.leg_uuid is null then concat('no leg ', t.reference)
        else concat('leg ', l.leg_uuid, ' ', l.state, ' with transaction ',
          coalesce(l.transaction_id, 'nothing')) end as found,
      'the settled leg it was posted for' as expected
    from ledger_transactions t
    left join legs l on l.leg_uuid = t.reference
    where t.kind = 'call'
      and (l.leg_uuid is null or l.state <> 'settled' or not l.transaction_id <=> t.id)`,
};

/** In the order in which they are asked and shown. */
export const LEDGER_QUESTIONS: readonly LedgerQuestion[] = [
  transactionsBalance,
  transactionsHaveEntries,
  currenciesAgree,
  balancesAreSums,
  heldIsOpenHolds,
  holdsEndWithCalls,
  legsArePosted,
  postingsHaveLegs,
];
