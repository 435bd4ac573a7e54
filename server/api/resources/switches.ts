import { z } from 'zod';
import { readRecord } from '../../admin/records.js';
import { createSwitch, rotateSwitchPassword, switchKind } from '../../admin/switches.js';
import { idParams, queryWord } from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { editableFields, resourceOperations } from '../resource.js';

const TAG = 'FreeSWITCH servers';
const STATUS = z.enum(['active', 'disabled']);

const output = z
  .object({
    ...editableFields,
    name: z.string(),
    http_username: z.string(),
    allowed_cidrs: z.array(z.string()),
    esl_host: z.string(),
    esl_port: z.int(),
    sip_ip: z.string(),
    rtp_ip: z.string(),
    internal_port: z.int(),
    external_port: z.int(),
    codecs: z.string(),
    status: STATUS,
  })
  .meta({ id: 'Switch' });

const withPassword = output
  .extend({
    http_password: z.string().meta({ description: 'For xml_curl and CDRs; shown this once.' }),
  })
  .meta({ id: 'SwitchWithPassword' });

const status = z
  .object({
    switch_id: z.int(),
    node: z.string().meta({ description: 'The engine node that says so.' }),
    known: z.boolean().meta({ description: 'False when this node keeps no connection to it.' }),
    connected: z.boolean(),
    since: z.iso.datetime().nullable(),
    core_uuid: z.string().nullable(),
    last_event_at: z.iso.datetime().nullable(),
    last_error: z.string().nullable(),
    gateways: z.array(z.object({ name: z.string(), state: z.string() })),
  })
  .meta({ id: 'SwitchStatus' });

const rotate = defineOperation({
  id: 'rotateSwitchPassword',
  method: 'post',
  path: '/switches/{id}/rotate-password',
  tag: TAG,
  summary: 'Give a switch a new HTTP password',
  description: 'The old password stops working on every node within a second.',
  scope: 'config:write',
  params: idParams,
  response: withPassword,
  async handle({ deps, actor, params, version }) {
    const { row, httpPassword } = await rotateSwitchPassword(deps, actor, {
      id: params.id,
      ...(version === undefined ? {} : { version }),
    });
    return { body: present(withPassword, { ...row, httpPassword }) };
  },
});

const liveStatus = defineOperation({
  id: 'getSwitchStatus',
  method: 'get',
  path: '/switches/{id}/status',
  tag: TAG,
  summary: "What this node's connection to a switch looks like now",
  scope: 'config:read',
  params: idParams,
  response: status,
  async handle({ deps, params }) {
    await readRecord(deps.database.orm, switchKind, params.id);
    const live = deps.liveState.switchStatus(params.id);
    return {
      body: present(status, {
        switchId: params.id,
        node: deps.liveState.nodeId,
        known: live !== undefined,
        connected: live?.connected ?? false,
        since: instantOf(live?.sinceMs),
        coreUuid: live?.coreUuid ?? null,
        lastEventAt: instantOf(live?.lastEventMs),
        lastError: live?.lastError ?? null,
        gateways: live?.gateways ?? [],
      }),
    };
  },
});

function instantOf(ms: number | null | undefined): Date | null {
  return ms === null || ms === undefined ? null : new Date(ms);
}

export const switchOperations = [
  ...resourceOperations({
    kind: switchKind,
    path: '/switches',
    tag: TAG,
    name: 'Switch',
    plural: 'Switches',
    read: 'config:read',
    write: 'config:write',
    output,
    sortable: ['name', 'id', 'created_at'],
    filters: { name: queryWord(64), status: STATUS },
    creation: {
      output: withPassword,
      async run(deps, actor, input) {
        const { row, httpPassword } = await createSwitch(deps, actor, input);
        return { ...row, httpPassword };
      },
    },
  }),
  rotate,
  liveStatus,
];
