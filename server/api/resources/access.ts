import { z } from 'zod';
import { listAudit } from '../../../db/views/audit.js';
import { apiKeyKind, createApiKey, SCOPES } from '../../admin/api-keys.js';
import {
  cursorFields,
  cursorPageOf,
  cutPageById,
  queryInstant,
  queryText,
  queryWord,
  readBeforeId,
} from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { editableFields, resourceOperations } from '../resource.js';

const apiKey = z
  .object({
    ...editableFields,
    name: z.string(),
    key_prefix: z.string().meta({ description: 'How the key begins.' }),
    scopes: z.array(z.enum(SCOPES)),
    status: z.enum(['active', 'revoked']),
  })
  .meta({ id: 'ApiKey' });

const withKey = apiKey
  .extend({ key: z.string().meta({ description: 'The key itself; shown this once.' }) })
  .meta({ id: 'ApiKeyWithSecret' });

const auditEntry = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    actor: z.string(),
    action: z.string(),
    entity: z.string(),
    entity_id: z.string(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    request_id: z.string().nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

const auditList = defineOperation({
  id: 'listAudit',
  method: 'get',
  path: '/audit',
  tag: 'Access',
  summary: 'List who changed what, newest first',
  scope: 'audit:read',
  query: z.strictObject({
    ...cursorFields,
    entity: queryWord(64).optional(),
    entity_id: queryWord(64).optional(),
    action: queryWord(64).optional(),
    actor: queryWord(120).optional(),
    request_id: queryWord(64).optional(),
    from: queryInstant().optional(),
    to: queryInstant().optional(),
  }),
  response: cursorPageOf(auditEntry),
  async handle({ deps, query }) {
    const rows = await listAudit(
      deps.database.orm,
      {
        ...(query.entity === undefined ? {} : { entity: query.entity }),
        ...(query.entity_id === undefined ? {} : { entityId: query.entity_id }),
        ...(query.action === undefined ? {} : { action: query.action }),
        ...(query.actor === undefined ? {} : { actor: query.actor }),
        ...(query.request_id === undefined ? {} : { requestId: query.request_id }),
        ...(query.from === undefined ? {} : { from: query.from }),
        ...(query.to === undefined ? {} : { to: query.to }),
      },
      readBeforeId(query),
    );
    const page = cutPageById(rows, query.limit);
    return {
      body: {
        items: page.rows.map((row) => present(auditEntry, row)),
        next_cursor: page.nextCursor,
      },
    };
  },
});

export const accessOperations = [
  ...resourceOperations({
    kind: apiKeyKind,
    path: '/api-keys',
    tag: 'Access',
    name: 'ApiKey',
    plural: 'ApiKeys',
    read: 'keys:write',
    write: 'keys:write',
    output: apiKey,
    sortable: ['name', 'id', 'created_at'],
    filters: { status: z.enum(['active', 'revoked']), name: queryText(120) },
    // Revoked, never deleted: audit entries and idempotency keys speak of it.
    deletable: false,
    creation: {
      output: withKey,
      async run(deps, actor, input) {
        const { row, key } = await createApiKey(deps, actor, input);
        return { ...row, key };
      },
    },
  }),
  auditList,
];
