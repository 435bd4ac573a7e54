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
import { previewStateOf } from '../rates/activation/preview-state.js';

export const releaseCreate = z.strictObject({
  effective_from: instant().optional(),
  note: note(255).default(''),
});

export const releaseActivate = z.strictObject({
  effective_from: instant()
    .optional()
    .meta({
      description:
        "When it begins to price calls. Unset, the draft's own instant, or now where that is past. " +
        'An instant in the past matters for re-rating only: calls that were decided keep their rate.',
    }),
  accept_rejected: z
    .boolean()
    .default(false)
    .meta({ description: 'Activate it although lines of the imported file are not in it.' }),
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

/** Something a person should know who has just activated a release; it did not stop them. */
export interface ActivationNotice {
  readonly code: 'back_dated' | 'preview_missing' | 'preview_not_ready' | 'preview_stale';
  readonly detail: string;
}

export interface ActivatedRelease extends ReleaseRow {
  /** Of the new entry in the sheet's history. */
  readonly activationNumber: number;
  readonly notices: readonly ActivationNotice[];
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
): Promise<ActivatedRelease> {
  const fields = parseInput(releaseActivate, input);
  return changeConfig(deps, actor, ['rates'], async (change) => {
    await lockSheetOf(change, target.id);
    const draft = await lockDraft(change, target);
    refuseUnfit(draft, fields.accept_rejected);
    const nowMs = deps.clock.nowMs();
    const effectiveFromMs =
      fields.effective_from === undefined
        ? Math.max(draft.effectiveFrom.getTime(), nowMs)
        : new Date(fields.effective_from).getTime();
    const notices = await noticesOf(change, draft, effectiveFromMs < nowMs);
    await releaseStore.update(change.tx, draft.id, {
      status: 'active',
      activatedAt: new Date(nowMs),
      effectiveFrom: new Date(effectiveFromMs),
    });
    const activationNumber = await appendActivation(change.tx, {
      sheetId: draft.sheetId,
      releaseId: draft.id,
      kind: 'activation',
      effectiveFromMs,
      actor: actor.name,
    });
    const active = await audited(change, 'activate', draft.id, draft);
    return { ...active, activationNumber, notices };
  });
}

function refuseUnfit(draft: ReleaseRow, acceptsRejected: boolean): void {
  if (draft.rowCount === 0) {
    throw conflict('release_empty', 'A release without rows prices nothing.');
  }
  if (draft.rejectedCount > 0 && !acceptsRejected) {
    throw conflict(
      'rejected_lines',
      `${draft.rejectedCount} lines of the imported file are not in the release. Send ` +
        'accept_rejected to activate it without them.',
      'accept_rejected',
    );
  }
}

async function noticesOf(
  change: Change,
  draft: ReleaseRow,
  isBackDated: boolean,
): Promise<readonly ActivationNotice[]> {
  const notices: ActivationNotice[] = [];
  if (isBackDated) {
    const detail = 'It begins in the past. Calls already decided keep their rate until re-rated.';
    notices.push({ code: 'back_dated', detail });
  }
  const state = await previewStateOf(change.tx, draft.id);
  if (state === 'missing') {
    notices.push({ code: 'preview_missing', detail: 'It was activated without a preview.' });
  } else if (state === 'stale') {
    const detail = 'The preview is of other rows, terms or activations than those of now.';
    notices.push({ code: 'preview_stale', detail });
  } else if (state !== 'current') {
    const detail = `The preview was ${state} when the release was activated.`;
    notices.push({ code: 'preview_not_ready', detail });
  }
  return notices;
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
  // The state first: who repeats a request has an old version, and that is not what is wrong.
  const release = await lockAtVersion(change, RELEASE, { id: target.id });
  if (release.status === 'importing') {
    const detail = `Release ${release.number} is still being imported.`;
    throw conflict('release_importing', detail);
  }
  if (release.status !== 'draft') throw conflict('release_immutable', whyImmutable(release));
  return target.version === undefined ? release : lockAtVersion(change, RELEASE, target);
}

function whyImmutable(release: ReleaseRow): string {
  if (release.status === 'discarded') return `Release ${release.number} was discarded.`;
  const at = release.activatedAt?.toISOString() ?? '';
  return `Release ${release.number} was activated at ${at}; only a draft can be changed.`;
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
