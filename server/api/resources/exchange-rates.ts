import { z } from 'zod';
import { listExchangeRates } from '../../../db/repositories/admin/exchange-rates.js';
import { createExchangeRate, exchangeRateCreate } from '../../admin/exchange-rates.js';
import { pageFields, pageOf, queryInstant, queryWord } from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';

const TAG = 'Exchange rates';

const exchangeRate = z
  .object({
    id: z.int(),
    from_currency: shownCurrency(),
    to_currency: shownCurrency(),
    rate: shownAmount(),
    effective_from: z.iso.datetime(),
    actor: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'ExchangeRate' });

const list = defineOperation({
  id: 'listExchangeRates',
  method: 'get',
  path: '/exchange-rates',
  tag: TAG,
  summary: 'List exchange rates, the latest first',
  scope: 'config:read',
  query: z.strictObject({
    ...pageFields,
    from_currency: queryWord(3).optional(),
    to_currency: queryWord(3).optional(),
    until: queryInstant().optional().meta({ description: 'Only rates that begin no later.' }),
  }),
  response: pageOf(exchangeRate),
  async handle({ deps, query }) {
    const { page, page_size: pageSize, from_currency: from, to_currency: to, until } = query;
    const { rows, total } = await listExchangeRates(deps.database.orm, {
      offset: (page - 1) * pageSize,
      limit: pageSize,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(until === undefined ? {} : { until }),
    });
    const items = rows.map((row) => present(exchangeRate, row));
    return { body: { items, page, page_size: pageSize, total } };
  },
});

const create = defineOperation({
  id: 'createExchangeRate',
  method: 'post',
  path: '/exchange-rates',
  tag: TAG,
  summary: 'Add a rate from an instant on',
  description:
    'Rates are appended and never changed. They are neither inverted nor chained: enter both ways.',
  scope: 'rates:write',
  body: exchangeRateCreate,
  status: 201,
  response: exchangeRate,
  async handle({ deps, actor, body }) {
    const made = await createExchangeRate(deps, actor, body);
    return { status: 201, body: present(exchangeRate, made) };
  },
});

export const exchangeRateOperations = [list, create];
