import { z } from 'zod';
import type { SwitchRow, SwitchValues } from '../../db/repositories/admin/stores.js';
import { switchStore } from '../../db/repositories/admin/stores.js';
import { switchHasHistory } from '../../db/repositories/admin/usage.js';
import { randomSecret, sha256 } from '../secrets.js';
import { defined } from './accounts.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps } from './context.js';
import { cidrs, code, codecs, host, ipAddress, passedPassword, port } from './fields.js';
import { changeConfig, createRecord, lockAtVersion, parseInput, readRecord } from './records.js';
import type { RecordKind } from './records.js';
import { invalid } from './refusal.js';

const fields = {
  name: code(64),
  http_username: code(64),
  allowed_cidrs: cidrs(1),
  esl_host: host(),
  esl_port: port(),
  esl_password: passedPassword().meta({
    description: 'Password of its event socket; kept encrypted and never returned.',
  }),
  sip_ip: ipAddress(),
  rtp_ip: ipAddress(),
  internal_port: port(),
  external_port: port(),
  codecs: codecs(),
  status: z.enum(['active', 'disabled']),
};

export const switchCreate = z.strictObject({
  ...fields,
  esl_port: fields.esl_port.default(8021),
  internal_port: fields.internal_port.default(5060),
  external_port: fields.external_port.default(5080),
  codecs: fields.codecs.default('PCMU,PCMA'),
  status: fields.status.default('active'),
});

export const switchUpdate = z.strictObject(fields).partial();

type SwitchKind = RecordKind<SwitchRow, SwitchValues, typeof switchCreate, typeof switchUpdate>;

export const switchKind: SwitchKind = switchKindWith(() => randomSecret());

/** `makePassword` gives the password with which a new switch proves who it is over HTTP. */
function switchKindWith(makePassword: () => string): SwitchKind {
  return {
    entity: 'switch',
    areas: ['switches'],
    store: switchStore,
    create: switchCreate,
    update: switchUpdate,
    secrets: ['httpPasswordHash', 'eslPasswordSealed'],
    uniqueFields: {
      switches_name_unique: 'name',
      switches_http_username_unique: 'http_username',
    },
    async toValues(change, { eslPassword, ...input }) {
      checkPorts(input);
      return {
        ...input,
        httpPasswordHash: sha256(makePassword()),
        eslPasswordSealed: change.deps.secrets.seal(eslPassword),
      };
    },
    async toChanges(change, row, { eslPassword, ...input }) {
      const changes = defined(input);
      checkPorts({ ...row, ...changes });
      if (eslPassword === undefined) return changes;
      return { ...changes, eslPasswordSealed: change.deps.secrets.seal(eslPassword) };
    },
    async findUser(change, row) {
      return (await switchHasHistory(change.tx, row.id)) ? 'it has carried calls' : null;
    },
  };
}

export interface SwitchWithPassword {
  readonly row: SwitchRow;
  /** Shown this once; only its hash is kept. */
  readonly httpPassword: string;
}

export async function createSwitch(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof switchCreate>,
): Promise<SwitchWithPassword> {
  const httpPassword = randomSecret();
  const kind = switchKindWith(() => httpPassword);
  const row = await createRecord(deps, actor, kind, parseInput(switchCreate, input));
  return { row, httpPassword };
}

/** Gives a switch a new HTTP password; the old one stops working on every node within a second. */
export async function rotateSwitchPassword(
  deps: AdminDeps,
  actor: Actor,
  target: { readonly id: number; readonly version?: number },
): Promise<SwitchWithPassword> {
  const httpPassword = randomSecret();
  const row = await changeConfig(deps, actor, switchKind.areas, async (change) => {
    await lockAtVersion(change, switchKind, target);
    await switchStore.update(change.tx, target.id, { httpPasswordHash: sha256(httpPassword) });
    await writeAudit(change, {
      action: 'switch.rotate_password',
      entity: 'switch',
      entityId: target.id,
    });
    return readRecord(change.tx, switchKind, target.id);
  });
  return { row, httpPassword };
}

function checkPorts(values: {
  readonly sipIp: string;
  readonly internalPort?: number | undefined;
  readonly externalPort?: number | undefined;
}): void {
  if (values.internalPort !== undefined && values.internalPort === values.externalPort) {
    throw invalid('external_port', 'must differ from the internal port');
  }
}
