import { z } from 'zod';
import { readSpent, accountDayKey } from '../../../db/repositories/account-days.js';
import { findGuard, listBlocks, listCountries } from '../../../db/repositories/admin/guards.js';
import type { BlockRow, CountryRow } from '../../../db/repositories/admin/guards.js';
import { accountStore } from '../../../db/repositories/admin/stores.js';
import type { AccountRow } from '../../../db/repositories/admin/stores.js';
import { findBalance } from '../../../db/views/ledger.js';
import type { Queryable } from '../../../db/client.js';
import { dayOf } from '../../../rating/allowance/periods.js';
import { Decimal } from '../../../rating/money.js';
import { releaseAccountBlock, releaseInput } from '../../admin/account-blocks.js';
import {
  addCountry,
  country,
  forgetCountry,
  guardInput,
  NO_GUARD,
  setGuard,
} from '../../admin/guards.js';
import { notFound } from '../../admin/refusal.js';
import {
  cursorFields,
  cursorPageOf,
  cutPageById,
  idParams,
  pageFields,
  pageOf,
  queryId,
  queryWord,
  readBeforeId,
} from '../listing.js';
import { defineOperation, requiredVersion } from '../operation.js';
import { instantOfUs, present } from '../present.js';
import { given } from '../time-pages.js';
import { shownAmount, shownCurrency } from '../shown.js';

const TAG = 'Guards';

const guard = z
  .object({
    account_id: z.int(),
    version: z.int().meta({ description: '0 where no rule was ever set.' }),
    daily_spend: shownAmount().nullable(),
    max_price_per_minute: shownAmount().nullable(),
    night_from: z.string().nullable(),
    night_to: z.string().nullable(),
    night_max_price_per_minute: shownAmount().nullable(),
    new_country: z.enum(['off', 'alert', 'block']),
    short_call_s: z.int().nullable(),
    short_call_count: z.int().nullable(),
    short_call_window_s: z.int().nullable(),
  })
  .meta({ id: 'AccountGuard' });

const countryShown = z
  .object({
    account_id: z.int(),
    country: z.string(),
    source: z.enum(['called', 'allowed']),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'AccountCountry' });

const block = z
  .object({
    id: z.int(),
    account_id: z.int(),
    rule: z.string(),
    state: z.enum(['open', 'released']),
    since: z.iso.datetime(),
    released_at: z.iso.datetime().nullable(),
    released_by: z.string().nullable(),
    detail: z.unknown().meta({ description: 'What the rule found.' }),
  })
  .meta({ id: 'AccountBlock' });

const spending = z
  .object({
    account_id: z.int(),
    day: z.string().meta({ description: "Local date of the account's zone." }),
    time_zone: z.string(),
    currency: shownCurrency(),
    daily_spend: shownAmount().nullable().meta({ description: 'The limit; null is none.' }),
    spent: shownAmount().meta({ description: 'Counted for accounts with a daily limit only.' }),
    held: shownAmount().meta({ description: 'Set aside for calls in progress.' }),
    left: shownAmount()
      .nullable()
      .meta({ description: 'What new calls may still set aside today.' }),
  })
  .meta({ id: 'DailySpending' });

async function requireAccount(db: Queryable, accountId: number): Promise<AccountRow> {
  const account = await accountStore.find(db, accountId);
  if (account === undefined) throw notFound('account', accountId);
  return account;
}

const readGuard = defineOperation({
  id: 'getAccountGuard',
  method: 'get',
  path: '/accounts/{id}/guard',
  tag: TAG,
  summary: "Read an account's rules against fraud",
  scope: 'config:read',
  params: idParams,
  response: guard,
  async handle({ deps, params }) {
    const db = deps.database.orm;
    await requireAccount(db, params.id);
    const row = (await findGuard(db, params.id)) ?? { ...NO_GUARD, accountId: params.id };
    const headers = row.version === 0 ? {} : { ETag: `"${row.version}"` };
    return { body: present(guard, row), headers };
  },
});

const writeGuard = defineOperation({
  id: 'setAccountGuard',
  method: 'put',
  path: '/accounts/{id}/guard',
  tag: TAG,
  summary: "Replace an account's rules against fraud",
  description: 'Rules left out are off. `version` is the one that was read, 0 the first time.',
  scope: 'config:write',
  params: idParams,
  body: guardInput.extend({
    version: z.int().min(0).optional().meta({ description: 'Or send If-Match.' }),
  }),
  response: guard,
  async handle({ deps, actor, params, body, version: inHeader }) {
    const { version: inBody, ...rules } = body;
    const version = requiredVersion(inBody, inHeader);
    const row = await setGuard(deps, actor, { accountId: params.id, version }, rules);
    return { body: present(guard, row), headers: { ETag: `"${row.version}"` } };
  },
});

const readSpending = defineOperation({
  id: 'getAccountSpending',
  method: 'get',
  path: '/accounts/{id}/spending',
  tag: TAG,
  summary: 'Read what an account spent on a local day, and what its daily limit leaves',
  scope: 'money:read',
  params: idParams,
  query: z.strictObject({
    day: z.iso.date().optional().meta({ description: 'Today when left out.' }),
  }),
  response: spending,
  async handle({ deps, params, query }) {
    const db = deps.database.orm;
    const account = await requireAccount(db, params.id);
    const today = dayOf(account.timeZone, deps.clock.nowMs());
    const day = query.day ?? today;
    const key = { accountId: account.id, day };
    const spent = (await readSpent(db, [key])).get(accountDayKey(key)) ?? new Decimal(0);
    const held = new Decimal((await findBalance(db, account.id))?.held ?? 0);
    const dailySpend = (await findGuard(db, account.id))?.dailySpend ?? null;
    const rest = dailySpend === null ? null : new Decimal(dailySpend).minus(spent).minus(held);
    const left = rest === null ? null : Decimal.max(rest, 0).toFixed(6);
    const shown = { accountId: account.id, day, dailySpend, left: day === today ? left : null };
    const { timeZone, currency } = account;
    const sums = { spent: spent.toFixed(6), held: held.toFixed(6) };
    return { body: present(spending, { ...shown, timeZone, currency, ...sums }) };
  },
});

const showCountry = (row: CountryRow) =>
  present(countryShown, { ...row, createdAt: instantOfUs(row.createdUs) });

const countryParams = z.strictObject({ ...idParams.shape, country: country() });

const readCountries = defineOperation({
  id: 'listAccountCountries',
  method: 'get',
  path: '/accounts/{id}/countries',
  tag: TAG,
  summary: 'List the countries that are not new to an account',
  scope: 'config:read',
  params: idParams,
  query: z.strictObject(pageFields),
  response: pageOf(countryShown),
  async handle({ deps, params, query }) {
    const db = deps.database.orm;
    await requireAccount(db, params.id);
    const { page, page_size: pageSize } = query;
    const paging = { offset: (page - 1) * pageSize, limit: pageSize };
    const { rows, total } = await listCountries(db, params.id, paging);
    return { body: { items: rows.map(showCountry), page, page_size: pageSize, total } };
  },
});

const putCountry = defineOperation({
  id: 'allowAccountCountry',
  method: 'put',
  path: '/accounts/{id}/countries/{country}',
  tag: TAG,
  summary: 'Let an account call a country, whatever its guard says of new ones',
  scope: 'config:write',
  params: countryParams,
  response: countryShown,
  async handle({ deps, actor, params }) {
    const target = { accountId: params.id, country: params.country };
    return { body: showCountry(await addCountry(deps, actor, target)) };
  },
});

const deleteCountry = defineOperation({
  id: 'removeAccountCountry',
  method: 'delete',
  path: '/accounts/{id}/countries/{country}',
  tag: TAG,
  summary: 'Make a country new to an account again',
  scope: 'config:write',
  params: countryParams,
  async handle({ deps, actor, params }) {
    await forgetCountry(deps, actor, { accountId: params.id, country: params.country });
    return { status: 204 };
  },
});

function showBlock(row: BlockRow): Record<string, unknown> {
  return {
    ...present(block, {
      ...row,
      state: row.openKey === null ? 'released' : 'open',
      since: instantOfUs(row.sinceUs),
      releasedAt: instantOfUs(row.releasedUs),
    }),
    // As it was stored: its member names are the rule's own words.
    detail: row.detail ?? null,
  };
}

const readBlocks = defineOperation({
  id: 'listAccountBlocks',
  method: 'get',
  path: '/account-blocks',
  tag: TAG,
  summary: 'List accounts that a rule has blocked, latest first',
  scope: 'config:read',
  query: z.strictObject({
    ...cursorFields,
    account_id: queryId().optional(),
    rule: queryWord(32).optional(),
    state: z.enum(['open', 'released']).optional(),
  }),
  response: cursorPageOf(block),
  async handle({ deps, query }) {
    const rows = await listBlocks(deps.database.orm, {
      ...readBeforeId(query),
      ...given({ accountId: query.account_id, rule: query.rule }),
      ...(query.state === undefined ? {} : { isOpen: query.state === 'open' }),
    });
    const page = cutPageById(rows, query.limit);
    return { body: { items: page.rows.map(showBlock), next_cursor: page.nextCursor } };
  },
});

const endBlock = defineOperation({
  id: 'releaseAccountBlock',
  method: 'post',
  path: '/account-blocks/{id}/release',
  tag: TAG,
  summary: 'Let a blocked account call again',
  scope: 'config:write',
  params: idParams,
  body: releaseInput,
  response: block,
  async handle({ deps, actor, params, body }) {
    return { body: showBlock(await releaseAccountBlock(deps, actor, params.id, body)) };
  },
});

export const guardOperations = [
  readGuard,
  writeGuard,
  readSpending,
  readCountries,
  putCountry,
  deleteCountry,
  readBlocks,
  endBlock,
];
