import { z } from 'zod';
import { findBlock, lockBlock, releaseBlock } from '../../db/repositories/admin/guards.js';
import type { BlockRow } from '../../db/repositories/admin/guards.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps } from './context.js';
import { line } from './fields.js';
import { changeConfig } from './records.js';
import { conflict, notFound } from './refusal.js';

export const releaseInput = z.strictObject({
  note: line(500).meta({ description: 'What was found; kept in the audit entry.' }),
});

/** Lets an account call again that a guard had blocked. */
export async function releaseAccountBlock(
  deps: AdminDeps,
  actor: Actor,
  blockId: number,
  input: z.output<typeof releaseInput>,
): Promise<BlockRow> {
  return changeConfig(deps, actor, ['accounts'], async (change) => {
    const before = await lockBlock(change.tx, blockId);
    if (before === undefined) throw notFound('account_block', blockId);
    if (before.openKey === null) {
      throw conflict('already_released', 'This block is not in force any more.');
    }
    await releaseBlock(change.tx, blockId, {
      releasedUs: deps.clock.nowUs(),
      releasedBy: actor.name,
    });
    const after = await findBlock(change.tx, blockId);
    if (after === undefined) throw notFound('account_block', blockId);
    await writeAudit(change, {
      action: 'account_block.release',
      entity: 'account_block',
      entityId: blockId,
      before,
      after: { ...after, note: input.note },
    });
    return after;
  });
}
