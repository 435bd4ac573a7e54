import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { accountStore, carrierStore, sheetStore } from '../../../db/repositories/admin/stores.js';
import {
  findRerating,
  insertRerating,
  lockRerating,
  setReratingStatus,
} from '../../../db/repositories/reratings.js';
import type { ReratingRow } from '../../../db/repositories/reratings.js';
import { inTransaction } from '../../../db/transaction.js';
import { hasScope } from '../../admin/api-keys.js';
import { writeAudit } from '../../admin/audit.js';
import type { Actor, AdminDeps, Change } from '../../admin/context.js';
import { id, instant, note } from '../../admin/fields.js';
import { parseInput } from '../../admin/records.js';
import { conflict, invalid, notFound, Refusal } from '../../admin/refusal.js';
import type { StoredScope } from './types.js';

export const reratingInput = z.strictObject({
  mode: z.enum(['preview', 'post']).meta({
    description: 'A preview posts nothing. Posting a scope a second time changes nothing.',
  }),
  from: instant().meta({ description: 'Calls decided at or after.' }),
  to: instant().meta({ description: 'Calls decided before.' }),
  account_id: id().optional().meta({ description: 'Only what this account was charged.' }),
  sheet_id: id().optional().meta({ description: 'Only charges by this rate sheet.' }),
  carrier_id: id().optional().meta({ description: 'Only what this carrier asks.' }),
  note: note(255).default(''),
});

/**
 * Makes a run that prices the calls of a period again, for a worker to take up. Only an actor who may
 * post money may ask for one that posts.
 */
export async function queueRerating(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof reratingInput>,
): Promise<ReratingRow> {
  const fields = parseInput(reratingInput, input);
  const scope = scopeOfInput(fields);
  if (fields.mode === 'post') requireMoneyScope(actor);
  return inTransaction(deps.database, async (tx) => {
    const change = { tx, deps, actor };
    await requireParties(change, scope);
    const reratingId = uuidv7();
    const { mode, note: text } = fields;
    const made = { scope, mode, note: text };
    // The column is ASCII; anything else in a key's name is shown as a question mark.
    const name = actor.name.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
    await insertRerating(tx, { id: reratingId, ...made, actor: name });
    await audit(change, 'create', reratingId, made);
    return stored(change, reratingId);
  });
}

/** Stops a run after the step it is at. What it has posted stays; it can be resumed. */
export async function stopRerating(
  deps: AdminDeps,
  actor: Actor,
  reratingId: string,
): Promise<ReratingRow> {
  return moveRun({ deps, actor }, reratingId, {
    action: 'stop',
    from: ['queued', 'running'],
    to: 'stopped',
  });
}

/** Lets a stopped or failed run go on where it was. */
export async function resumeRerating(
  deps: AdminDeps,
  actor: Actor,
  reratingId: string,
): Promise<ReratingRow> {
  return moveRun({ deps, actor }, reratingId, {
    action: 'resume',
    from: ['stopped', 'failed'],
    to: 'queued',
  });
}

interface Move {
  readonly action: 'stop' | 'resume';
  readonly from: readonly ReratingRow['status'][];
  readonly to: 'stopped' | 'queued';
}

async function moveRun(
  { deps, actor }: Pick<Change, 'deps' | 'actor'>,
  reratingId: string,
  move: Move,
): Promise<ReratingRow> {
  return inTransaction(deps.database, async (tx) => {
    const change = { tx, deps, actor };
    const run = await lockRerating(tx, reratingId);
    if (run === undefined) throw notFound('re-rating', reratingId);
    if (run.mode === 'post') requireMoneyScope(actor);
    if (run.status === move.to) return run;
    if (!move.from.includes(run.status)) {
      throw conflict('rerating_status', `A run that is ${run.status} cannot be ${move.to}.`);
    }
    await setReratingStatus(tx, reratingId, move.to);
    await audit(change, move.action, reratingId, { status: move.to });
    return stored(change, reratingId);
  });
}

type Fields = z.output<typeof reratingInput>;

function scopeOfInput(fields: Fields): StoredScope {
  const fromUs = microseconds(fields.from);
  const toUs = microseconds(fields.to);
  if (fromUs >= toUs) throw invalid('to', 'must be later than `from`');
  if (fields.account_id !== undefined && fields.carrier_id !== undefined) {
    throw invalid('carrier_id', 'cannot be given with account_id: a charge is of one of them');
  }
  return {
    fromUs,
    toUs,
    accountId: fields.account_id ?? null,
    sheetId: fields.sheet_id ?? null,
    carrierId: fields.carrier_id ?? null,
  };
}

function microseconds(at: string): number {
  return new Date(at).getTime() * 1000;
}

async function requireParties({ tx }: Change, scope: StoredScope): Promise<void> {
  const parties = [
    ['account_id', scope.accountId, accountStore],
    ['sheet_id', scope.sheetId, sheetStore],
    ['carrier_id', scope.carrierId, carrierStore],
  ] as const;
  for (const [field, partyId, store] of parties) {
    if (partyId !== null && (await store.find(tx, partyId)) === undefined) {
      throw invalid(field, `there is none with the id ${String(partyId)}`);
    }
  }
}

function requireMoneyScope(actor: Actor): void {
  if (hasScope(actor.scopes, 'money:write')) return;
  throw new Refusal(
    'forbidden',
    'scope_not_held',
    'A re-rating that posts needs the scope money:write.',
    [{ path: 'mode', message: 'needs the scope money:write' }],
  );
}

function audit(
  change: Change,
  action: 'create' | Move['action'],
  reratingId: string,
  after: object,
): Promise<void> {
  return writeAudit(change, {
    action: `rerating.${action}`,
    entity: 'rerating',
    entityId: reratingId,
    after,
  });
}

async function stored({ tx }: Change, reratingId: string): Promise<ReratingRow> {
  const run = await findRerating(tx, reratingId);
  if (run === undefined) throw new Error(`re-rating ${reratingId}: stored, but not found`);
  return run;
}
