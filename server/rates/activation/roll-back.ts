import { z } from 'zod';
import { appendActivation, loadActivations } from '../../../db/repositories/activations.js';
import { sheetStore } from '../../../db/repositories/admin/stores.js';
import { writeAudit } from '../../admin/audit.js';
import type { Actor, AdminDeps, Change } from '../../admin/context.js';
import { id, instant } from '../../admin/fields.js';
import { changeConfig, parseInput } from '../../admin/records.js';
import { conflict, notFound } from '../../admin/refusal.js';
import { rollBackTarget } from './roll-back-target.js';
import type { RollBackTarget } from './roll-back-target.js';

export const rollBackInput = z.strictObject({
  release_id: id()
    .optional()
    .meta({
      description:
        'What is to be taken back: the release in force now, or one that is still to begin. Unset, ' +
        'the one in force. Named, the request can be repeated: the second time it is a conflict.',
    }),
  effective_from: instant()
    .optional()
    .meta({
      description:
        'Unset, now; for a release that is still to begin, its own instant. The past matters for ' +
        're-rating only.',
    }),
  allow_none: z
    .boolean()
    .default(false)
    .meta({ description: 'Take back the first release too, and leave the sheet without prices.' }),
});

export interface RolledBack extends RollBackTarget {
  readonly sheetId: number;
  /** Of the new entry in the sheet's history. */
  readonly number: number;
}

/**
 * Puts the release before the current one in force again: by one more entry in the sheet's history,
 * nothing is taken out of it. Calls already decided keep the rate they were decided with.
 */
export async function rollBackSheet(
  deps: AdminDeps,
  actor: Actor,
  sheetId: number,
  input: z.input<typeof rollBackInput>,
): Promise<RolledBack> {
  const fields = parseInput(rollBackInput, input);
  return changeConfig(deps, actor, ['rates'], async (change) => {
    if ((await sheetStore.lock(change.tx, sheetId)) === undefined) {
      throw notFound('rate_sheet', sheetId);
    }
    const { release_id: releaseId, effective_from: from } = fields;
    const wish = {
      ...(releaseId === undefined ? {} : { releaseId }),
      ...(from === undefined ? {} : { effectiveFromMs: new Date(from).getTime() }),
    };
    const entries = await loadActivations(change.tx, [sheetId]);
    const target = rollBackTarget(entries, wish, deps.clock.nowMs());
    if ('code' in target) throw conflict(target.code, target.detail);
    if (target.replacementId === null && !fields.allow_none) {
      throw conflict(
        'nothing_before',
        `Release id ${target.releaseId} has none before it: without it no call is priced by this ` +
          'sheet. Send allow_none to do it all the same.',
        'allow_none',
      );
    }
    return append(change, sheetId, target);
  });
}

async function append(
  change: Change,
  sheetId: number,
  target: RollBackTarget,
): Promise<RolledBack> {
  const number = await appendActivation(change.tx, {
    sheetId,
    releaseId: target.replacementId,
    kind: 'rollback',
    effectiveFromMs: target.effectiveFromMs,
    actor: change.actor.name,
  });
  await writeAudit(change, {
    action: 'rate_sheet.rollback',
    entity: 'rate_sheet',
    entityId: sheetId,
    before: { releaseId: target.releaseId },
    after: {
      activation: number,
      releaseId: target.replacementId,
      effectiveFrom: new Date(target.effectiveFromMs).toISOString(),
    },
  });
  return { ...target, sheetId, number };
}
