import { sql } from 'drizzle-orm';
import type { LedgerQuestion } from './ledger-questions.js';

/** What a charge of a leg, named `c`, is called. */
const chargeName = sql`concat('charge of ', c.role, ' ', c.party_id, ' for leg ', c.leg_uuid)`;

const legsMatchCharges: LedgerQuestion = {
  name: 'legs_match_charges',
  statement: "every settled leg's price and cost are those of its charges, re-rated or not",
  count: sql`select count(*) as checked from legs l where l.state = 'settled'`,
  differences: sql`
    select concat('leg ', l.leg_uuid) as subject,
      concat('price ', l.price, ' ', coalesce(l.currency, '-'), ' re-rated ',
        coalesce(l.rerated_price, '-'), ', cost ', l.cost, ' ', coalesce(l.cost_currency, '-'),
        ' re-rated ', coalesce(l.rerated_cost, '-')) as found,
      concat('price ', coalesce(p.amount, 0), ' ', coalesce(p.currency, '-'), ' re-rated ',
        coalesce(p.rerated_amount, '-'), ', cost ', coalesce(k.amount, 0), ' ',
        coalesce(k.currency, '-'), ' re-rated ', coalesce(k.rerated_amount, '-')) as expected
    from legs l
    left join leg_charges p on p.leg_uuid = l.leg_uuid and p.level = 0
      and p.role in ('payer', 'extension')
    left join leg_charges k on k.leg_uuid = l.leg_uuid and k.role = 'carrier'
    where l.state = 'settled' and (
      l.price <> coalesce(p.amount, 0) or l.cost <> coalesce(k.amount, 0)
      or not l.rerated_price <=> p.rerated_amount or not l.rerated_cost <=> k.rerated_amount
      or p.currency <> l.currency or k.currency <> l.cost_currency)`,
};

/** What the transaction with this id moved for the party of a charge or correction named `c`. */
const movedBy = (transactionId: ReturnType<typeof sql>) => sql`(
  select coalesce(sum(if(c.role = 'carrier', e.amount, -e.amount)), 0)
  from ledger_entries e
  join ledger_accounts a on a.id = e.ledger_account_id
  where e.transaction_id = ${transactionId} and e.currency = c.currency
    and a.kind = if(c.role = 'carrier', 'carrier_payable', 'client_credit')
    and a.owner_type = if(c.role = 'payer', 'account', c.role) and a.owner_id = c.party_id
)`;

const postedForCharge = movedBy(sql`l.transaction_id`);

const chargesArePosted: LedgerQuestion = {
  name: 'charges_are_posted',
  statement: 'every charge of a settled leg is what its transaction took or owes',
  count: sql`select count(*) as checked from leg_charges`,
  differences: sql`
    select ${chargeName} as subject,
      case when l.leg_uuid is null then 'no leg' when l.state <> 'settled' then 'a leg that goes on'
        else concat('posted ', ${postedForCharge}, ' ', c.currency) end as found,
      concat(c.amount, ' ', c.currency) as expected
    from leg_charges c
    left join legs l on l.leg_uuid = c.leg_uuid
    where l.leg_uuid is null or l.state <> 'settled' or c.amount <> ${postedForCharge}`,
};

/** Who was to pay first for the call named `k`, by its decision; its own account where that names none. */
const firstPayer = sql`if(json_value(k.decision, '$.payers[0].extensionId') is null,
  concat('payer ', coalesce(json_value(k.decision, '$.payers[0].accountId'), k.account_id)),
  concat('extension ', json_value(k.decision, '$.payers[0].extensionId')))`;

const chargesAreOfPayers: LedgerQuestion = {
  name: 'charges_are_of_payers',
  statement: 'every leg is charged first to whom its call was decided to be paid by',
  count: sql`
    select count(*) as checked from leg_charges where level = 0 and role in ('payer', 'extension')`,
  // Decisions are long: they are only read where the call was not paid by the account it belongs to.
  differences: sql`
    select ${chargeName} as subject, concat(c.role, ' ', c.party_id) as found,
      ${firstPayer} as expected
    from leg_charges c
    join legs l on l.leg_uuid = c.leg_uuid
    join calls k on k.id = l.call_id
    where c.level = 0 and c.role in ('payer', 'extension')
      and not (c.role = 'payer' and c.party_id <=> k.account_id)
      and concat(c.role, ' ', c.party_id) <> ${firstPayer}`,
};

/** What posted corrections changed of the charge named `c`; null where none did. */
const corrected = sql`(
  select sum(x.new_amount - x.old_amount)
  from leg_corrections x
  where x.leg_uuid = c.leg_uuid and x.role = c.role and x.party_id = c.party_id
    and x.transaction_id is not null
)`;

const correctionsAddUp: LedgerQuestion = {
  name: 'corrections_add_up',
  statement: 'every re-rated charge is its first amount and all posted corrections of it',
  count: sql`select count(*) as checked from leg_charges where rerated_amount is not null`,
  differences: sql`
    select ${chargeName} as subject, cast(c.rerated_amount as char) as found,
      coalesce(concat(c.amount, ' and ', ${corrected}), 'no corrections, so no figure') as expected
    from leg_charges c
    where c.rerated_amount is not null and not c.rerated_amount <=> c.amount + ${corrected}
    union all
    select distinct concat('charge of ', x.role, ' ', x.party_id, ' for leg ', x.leg_uuid) as subject,
      if(c.leg_uuid is null, 'no charge', 'never re-rated') as found,
      concat('corrected by ', x.transaction_id) as expected
    from leg_corrections x
    left join leg_charges c on c.leg_uuid = x.leg_uuid and c.role = x.role and c.party_id = x.party_id
    where x.transaction_id is not null and c.rerated_amount is null`,
};

const postedForCorrection = movedBy(sql`c.transaction_id`);

const correctionsArePosted: LedgerQuestion = {
  name: 'corrections_are_posted',
  statement: 'every correction of a run that posts is in a transaction of its own leg, as it is',
  count: sql`select count(*) as checked from leg_corrections where transaction_id is not null`,
  differences: sql`
    select concat('correction ', c.id, ' of leg ', c.leg_uuid) as subject,
      case when c.transaction_id is null then 'no transaction' when t.id is null then 'none such'
        else concat('transaction ', t.id, ' of ', t.kind, ' ', t.reference, ' correcting ',
          coalesce(t.corrects_id, 'nothing'), ': ', ${postedForCorrection}) end as found,
      if(r.mode = 'preview', 'no transaction, as of a preview',
        concat('rerating ', c.leg_uuid, ' correcting ', coalesce(l.transaction_id, 'nothing'), ': ',
          c.new_amount - c.old_amount)) as expected
    from leg_corrections c
    join reratings r on r.id = c.rerating_id
    left join legs l on l.leg_uuid = c.leg_uuid
    left join ledger_transactions t on t.id = c.transaction_id
    where (r.mode = 'preview' and c.transaction_id is not null)
      or (r.mode = 'post' and (
        t.id is null or t.kind <> 'rerating' or t.reference <> c.leg_uuid
        or not t.corrects_id <=> l.transaction_id
        or t.idempotency_key <> concat('rerating:', c.rerating_id, ':', c.leg_uuid)
        or ${postedForCorrection} <> c.new_amount - c.old_amount))`,
};

/** How many corrections the transaction named `t` posted. */
const correctionsIn = sql`(
  select count(*) from leg_corrections x
  where x.leg_uuid = t.reference and x.transaction_id = t.id
)`;

const reratingsHaveCorrections: LedgerQuestion = {
  name: 'reratings_have_corrections',
  statement: 'every transaction of a re-rating has two entries for each of its corrections',
  count: sql`select count(*) as checked from ledger_transactions t where t.kind = 'rerating'`,
  differences: sql`
    select concat('transaction ', t.id, ' of leg ', t.reference) as subject,
      concat(${correctionsIn}, ' corrections') as found,
      concat('half of its ', (select count(*) from ledger_entries e where e.transaction_id = t.id),
        ' entries, and one or more') as expected
    from ledger_transactions t
    where t.kind = 'rerating' and (${correctionsIn} = 0 or ${correctionsIn} * 2 <>
      (select count(*) from ledger_entries e where e.transaction_id = t.id))`,
};

/** What is true of charges and of what re-rating made of them. */
export const CHARGE_QUESTIONS: readonly LedgerQuestion[] = [
  legsMatchCharges,
  chargesArePosted,
  chargesAreOfPayers,
  correctionsAddUp,
  correctionsArePosted,
  reratingsHaveCorrections,
];
