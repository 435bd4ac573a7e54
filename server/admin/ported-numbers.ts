import { z } from 'zod';
import {
  deletePortedNumbers,
  putPortedNumbers,
} from '../../db/repositories/admin/ported-numbers.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps } from './context.js';
import { digits } from './fields.js';
import { changeConfig, MAX_ISSUES } from './records.js';
import { invalidFields } from './refusal.js';
import type { Issue } from './refusal.js';

export const MAX_PORTED = 5000;

export const portedNumber = () => digits(3, 15).meta({ description: 'E.164 digits.' });

export const portedNumbersInput = z.strictObject({
  numbers: z
    .array(z.strictObject({ number: portedNumber(), routing_number: portedNumber() }))
    .min(1)
    .max(MAX_PORTED),
});

/**
 * Enters numbers that moved to another network; one already there gets the new routing number.
 * Nodes look numbers up when calls come, so none of them has to reload anything.
 */
export async function savePortedNumbers(
  deps: AdminDeps,
  actor: Actor,
  { numbers }: z.output<typeof portedNumbersInput>,
): Promise<number> {
  refuseDoubles(numbers);
  const now = new Date(deps.clock.nowMs());
  return changeConfig(deps, actor, [], async (change) => {
    const rows = numbers.map((one) => ({ number: one.number, routingNumber: one.routing_number }));
    await putPortedNumbers(change.tx, rows, now);
    await writeAudit(change, {
      action: 'ported_numbers.put',
      entity: 'ported_numbers',
      entityId: numbers.length === 1 ? (numbers[0]?.number ?? '') : `${numbers.length} numbers`,
      after: { count: numbers.length, first: numbers[0], last: numbers.at(-1) },
    });
    return numbers.length;
  });
}

function refuseDoubles(numbers: readonly { readonly number: string }[]): void {
  const seen = new Map<string, number>();
  const issues: Issue[] = [];
  numbers.forEach(({ number }, index) => {
    const first = seen.get(number);
    if (first === undefined) seen.set(number, index);
    else issues.push({ path: `numbers.${index}.number`, message: `is also in entry ${first}` });
  });
  if (issues.length > 0) throw invalidFields(issues.slice(0, MAX_ISSUES));
}

/** False where the number was not there. */
export async function removePortedNumber(
  deps: AdminDeps,
  actor: Actor,
  number: string,
): Promise<boolean> {
  return changeConfig(deps, actor, [], async (change) => {
    const removed = await deletePortedNumbers(change.tx, [number]);
    if (removed === 0) return false;
    const action = 'ported_numbers.delete';
    await writeAudit(change, { action, entity: 'ported_numbers', entityId: number });
    return true;
  });
}
