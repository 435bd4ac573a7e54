import { z } from 'zod';
import { didKind } from '../../admin/dids.js';
import { menuKind } from '../../admin/ivr-menus.js';
import { queryId, queryWord } from '../listing.js';
import { editableFields, resourceOperations } from '../resource.js';

const TAG = 'Inbound numbers';

const did = z
  .object({
    ...editableFields,
    number: z.string(),
    account_id: z.int(),
    carrier_id: z.int().nullable(),
    status: z.enum(['active', 'paused']),
    extension_id: z.int().nullable(),
    ivr_menu_id: z.int().nullable(),
    max_channels: z.int().nullable(),
    max_cps: z.int().nullable(),
    rate_sheet_id: z.int().nullable(),
    free_minutes: z.int(),
    comment: z.string(),
  })
  .meta({ id: 'Did' });

const menu = z
  .object({
    ...editableFields,
    account_id: z.int(),
    name: z.string(),
    greet_long: z.string(),
    greet_short: z.string(),
    invalid_sound: z.string(),
    exit_sound: z.string(),
    timeout_ms: z.int(),
    inter_digit_timeout_ms: z.int(),
    max_failures: z.int(),
    max_timeouts: z.int(),
    digit_length: z.int(),
    entries: z.array(z.object({ digits: z.string(), transfer_to: z.string() })),
  })
  .meta({ id: 'IvrMenu' });

export const numberOperations = [
  ...resourceOperations({
    kind: didKind,
    path: '/dids',
    tag: TAG,
    name: 'Did',
    plural: 'Dids',
    read: 'config:read',
    write: 'config:write',
    output: did,
    sortable: ['number', 'id', 'created_at'],
    filters: {
      number: queryWord(15),
      account_id: queryId(),
      carrier_id: queryId(),
      status: z.enum(['active', 'paused']),
    },
  }),
  ...resourceOperations({
    kind: menuKind,
    path: '/ivr-menus',
    tag: TAG,
    name: 'IvrMenu',
    plural: 'IvrMenus',
    read: 'config:read',
    write: 'config:write',
    output: menu,
    sortable: ['name', 'id', 'created_at'],
    filters: { account_id: queryId(), name: queryWord(64) },
  }),
];
