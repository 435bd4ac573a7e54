import { z } from 'zod';
import { assignmentKind, resetAssignment, resetInput } from '../../admin/package-assignments.js';
import { packageKind } from '../../admin/packages.js';
import { idParams, queryId, queryText } from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { editableFields, resourceOperations } from '../resource.js';

const TAG = 'Packages';

const packageShown = z
  .object({
    ...editableFields,
    account_id: z.int(),
    name: z.string(),
    period: z.enum(['monthly', 'once']),
    included_s: z.int(),
    increment_s: z.int(),
    status: z.enum(['active', 'disabled']),
    prefixes: z.array(z.string()),
  })
  .meta({ id: 'Package' });

const assignment = z
  .object({
    ...editableFields,
    package_id: z.int(),
    account_id: z.int(),
    extension_id: z.int().nullable(),
    starts_on: z.string(),
    ends_on: z.string().nullable(),
    generation: z.int().meta({ description: 'How often it was filled by hand.' }),
  })
  .meta({ id: 'PackageAssignment' });

const reset = defineOperation({
  id: 'resetPackageAssignment',
  method: 'post',
  path: '/package-assignments/{id}/reset',
  tag: TAG,
  summary: 'Reset inclusive minutes: all of the current period are there again',
  description: 'What calls in progress hold of the seconds before stays theirs.',
  scope: 'money:write',
  params: idParams,
  body: resetInput,
  response: assignment,
  idempotent: true,
  handle: ({ params, body, once }) =>
    once(async (change) => ({
      statusCode: 200,
      body: present(assignment, await resetAssignment(change, params.id, body)),
    })),
});

export const packageOperations = [
  ...resourceOperations({
    kind: packageKind,
    path: '/packages',
    tag: TAG,
    name: 'Package',
    plural: 'Packages',
    read: 'config:read',
    write: 'config:write',
    output: packageShown,
    sortable: ['name', 'id', 'created_at'],
    filters: {
      account_id: queryId(),
      name: queryText(160),
      period: z.enum(['monthly', 'once']),
      status: z.enum(['active', 'disabled']),
    },
  }),
  ...resourceOperations({
    kind: assignmentKind,
    path: '/package-assignments',
    tag: TAG,
    name: 'PackageAssignment',
    plural: 'PackageAssignments',
    read: 'config:read',
    write: 'config:write',
    output: assignment,
    sortable: ['id', 'starts_on', 'created_at'],
    filters: { package_id: queryId(), account_id: queryId(), extension_id: queryId() },
  }),
  reset,
];
