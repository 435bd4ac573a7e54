import { asc, eq, inArray, max } from 'drizzle-orm';
import type { Activation } from '../../rating/deck/timeline.js';
import type { Queryable } from '../client.js';
import { rateActivations } from '../schema/index.js';

/** One entry of the history of activations, with the sheet it belongs to and who made it. */
export interface ActivationEntry extends Activation {
  readonly sheetId: number;
  readonly kind: 'activation' | 'rollback';
  readonly actor: string;
  readonly createdAtMs: number;
}

export type NewActivation = Pick<
  ActivationEntry,
  'sheetId' | 'releaseId' | 'kind' | 'effectiveFromMs' | 'actor'
>;

/**
 * The activations of these sheets, or of all of them, by sheet and number. `periodsOf` makes of one
 * sheet's entries the periods in which each release prices calls.
 */
export async function loadActivations(
  db: Queryable,
  sheetIds?: readonly number[],
): Promise<readonly ActivationEntry[]> {
  if (sheetIds?.length === 0) return [];
  const rows = await db
    .select()
    .from(rateActivations)
    .where(sheetIds === undefined ? undefined : inArray(rateActivations.sheetId, [...sheetIds]))
    .orderBy(asc(rateActivations.sheetId), asc(rateActivations.number));
  return rows.map(({ id: _, effectiveFrom, createdAt, ...entry }) => ({
    ...entry,
    effectiveFromMs: effectiveFrom.getTime(),
    createdAtMs: createdAt.getTime(),
  }));
}

/**
 * Appends an entry and returns the number it got. The sheet's row must be locked: the number is one
 * more than the last, and the later number wins where two entries begin at one instant.
 */
export async function appendActivation(tx: Queryable, entry: NewActivation): Promise<number> {
  const { effectiveFromMs, actor, ...fields } = entry;
  const rows = await tx
    .select({ last: max(rateActivations.number) })
    .from(rateActivations)
    .where(eq(rateActivations.sheetId, entry.sheetId));
  const number = (rows[0]?.last ?? 0) + 1;
  await tx.insert(rateActivations).values({
    ...fields,
    number,
    effectiveFrom: new Date(effectiveFromMs),
    actor: actor.replace(/[^\x20-\x7e]/g, '?').slice(0, 120),
  });
  return number;
}
