import { z } from 'zod';
import { appendActivation } from '../../db/repositories/activations.js';
import { nextReleaseNumber } from '../../db/repositories/admin/rates.js';
import type { ReleaseRow } from '../../db/repositories/admin/stores.js';
import { releaseStore, sheetStore } from '../../db/repositories/admin/stores.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { instant, note } from './fields.js';
import { changeConfig, lockAtVersion, parseInput } from './records.js';
import { conflict, notFound } from './refusal.js';

export const releaseCreate = z.strictObject({
  effective_from: instant().optional(),
  note: note(255).default(''),
});

export const releaseActivate = z.strictObject({
  effective_from: instant()
    .optional()
    .meta({ description: "When it begins to price calls; unset, the draft's own instant." }),
});

export const RELEASE = { entity: 'release', store: releaseStore } as const;

export interface ReleaseTarget {
  readonly id: number;
  readonly version?: number;
}

/** Opens an empty draft. Drafts price nothing, so no node has to hear of them. */
export async function createRelease(
  deps: AdminDeps,
  actor: Actor,
  sheetId: number,
  input: z.input<typeof releaseCreate>,
): Promise<ReleaseRow> {
  const fields = parseInput(releaseCreate, input);
  return changeConfig(deps, actor, [], async (change) => {
    if ((await sheetStore.lock(change.tx, sheetId)) === undefined) {
      throw notFound('rate_sheet', sheetId);
    }
    const id = await releaseStore.insert(change.tx, {
      sheetId,
      number: await nextReleaseNumber(change.tx, sheetId),
      effectiveFrom: new Date(fields.effective_from ?? deps.clock.nowMs()),
      note: fields.note,
    });
    return audited(change, 'create', id);
  });
}

/**
 * Makes a draft price calls from its effective instant on, for good: from here its rows are
 * immutable. Calls that were decided before keep the rate they were decided with.
 */
export async function activateRelease(
  deps: AdminDeps,
  actor: Actor,
  target: ReleaseTarget,
  input: z.input<typeof releaseActivate>,
): Promise<ReleaseRow> {
  const fields = parseInput(releaseActivate, input);
  return changeConfig(deps, actor, ['rates'], async (change) => {
    await lockSheetOf(change, target.id);
    const draft = await lockDraft(change, target);
    if (draft.rowCount === 0)
      throw conflict('release_empty', 'A release without rows prices nothing.');
    const effectiveFrom = new Date(fields.effective_from ?? draft.effectiveFrom);
    await releaseStore.update(change.tx, draft.id, {
      status: 'active',
      activatedAt: new Date(deps.clock.nowMs()),
      effectiveFrom,
    });
    await appendActivation(change.tx, {
      sheetId: draft.sheetId,
      releaseId: draft.id,
      kind: 'activation',
      effectiveFromMs: effectiveFrom.getTime(),
      actor: actor.name,
    });
    return audited(change, 'activate', draft.id, draft);
  });
}

/** Gives a draft up. Its rows stay to be looked at; it can never be activated. */
export async function discardRelease(
  deps: AdminDeps,
  actor: Actor,
  target: ReleaseTarget,
): Promise<ReleaseRow> {
  return changeConfig(deps, actor, [], async (change) => {
    const draft = await lockDraft(change, target);
    await releaseStore.update(change.tx, draft.id, { status: 'discarded' });
    return audited(change, 'discard', draft.id, draft);
  });
}

/** Locks the sheet of a release, so that its activations are numbered one after the other. */
async function lockSheetOf(change: Change, releaseId: number): Promise<void> {
  const release = await releaseStore.find(change.tx, releaseId);
  if (release === undefined) throw notFound('release', releaseId);
  await sheetStore.lock(change.tx, release.sheetId);
}

/** Locks a release and proves that its rows may still change. */
export async function lockDraft(change: Change, target: ReleaseTarget): Promise<ReleaseRow> {
  const release = await lockAtVersion(change, RELEASE, target);
  if (release.status !== 'draft') {
    throw conflict(
      'release_immutable',
      `Release ${release.number} is ${release.status}; only a draft can be changed.`,
    );
  }
  return release;
}

async function audited(
  change: Change,
  verb: string,
  id: number,
  before?: ReleaseRow,
): Promise<ReleaseRow> {
  const after = await releaseStore.find(change.tx, id);
  if (after === undefined) throw new Error(`release ${id}: found none, expected the one written`);
  await writeAudit(change, {
    action: `release.${verb}`,
    entity: 'release',
    entityId: id,
    ...(before === undefined ? {} : { before }),
    after,
  });
  return after;
}
