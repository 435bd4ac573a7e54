import { z } from 'zod';
import {
  findPortedNumber,
  listPortedNumbers,
} from '../../../db/repositories/admin/ported-numbers.js';
import {
  MAX_PORTED,
  portedNumber,
  portedNumbersInput,
  removePortedNumber,
  savePortedNumbers,
} from '../../admin/ported-numbers.js';
import { notFound } from '../../admin/refusal.js';
import { cursorFields, cursorPageOf, cutPage, decodeCursor, encodeCursor } from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';

const TAG = 'Ported numbers';
const PUT_BODY = 1024 * 1024;

const ported = z
  .object({ number: z.string(), routing_number: z.string(), updated_at: z.iso.datetime() })
  .meta({ id: 'PortedNumber' });

const params = z.strictObject({ number: portedNumber() });

const list = defineOperation({
  id: 'listPortedNumbers',
  method: 'get',
  path: '/ported-numbers',
  tag: TAG,
  summary: 'List numbers that moved to another network',
  scope: 'config:read',
  query: z.strictObject(cursorFields),
  response: cursorPageOf(ported),
  async handle({ deps, query }) {
    const [after] = decodeCursor(query.cursor, z.tuple([z.string().max(15)])) ?? [''];
    const found = await listPortedNumbers(deps.database.orm, after, query.limit + 1);
    const { rows, nextCursor } = cutPage(found, query.limit, (last) => encodeCursor([last.number]));
    return { body: { items: rows.map((row) => present(ported, row)), next_cursor: nextCursor } };
  },
});

const put = defineOperation({
  id: 'putPortedNumbers',
  method: 'put',
  path: '/ported-numbers',
  tag: TAG,
  summary: `Enter up to ${MAX_PORTED} ported numbers`,
  description:
    'All or none. A number already there gets the new routing number; others stay as they are.',
  scope: 'config:write',
  body: portedNumbersInput,
  bodyLimit: PUT_BODY,
  response: z.object({ saved: z.int() }).meta({ id: 'SavedPortedNumbers' }),
  async handle({ deps, actor, body }) {
    return { body: { saved: await savePortedNumbers(deps, actor, body) } };
  },
});

const read = defineOperation({
  id: 'getPortedNumber',
  method: 'get',
  path: '/ported-numbers/{number}',
  tag: TAG,
  summary: 'Look a number up',
  scope: 'config:read',
  params,
  response: ported,
  async handle({ deps, params: { number } }) {
    const found = await findPortedNumber(deps.database.orm, number);
    if (found === undefined) throw notFound('ported number', number);
    return { body: present(ported, found) };
  },
});

const remove = defineOperation({
  id: 'deletePortedNumber',
  method: 'delete',
  path: '/ported-numbers/{number}',
  tag: TAG,
  summary: 'Forget that a number was ported',
  scope: 'config:write',
  params,
  async handle({ deps, actor, params: { number } }) {
    if (!(await removePortedNumber(deps, actor, number))) throw notFound('ported number', number);
    return { status: 204 };
  },
});

export const portedNumberOperations = [list, put, read, remove];
