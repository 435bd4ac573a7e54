import { insertAuditEntry } from '../../db/repositories/admin/audit.js';
import type { Change } from './context.js';
import { snakeKeys } from './case.js';

const MASK = '[secret]';

export interface AuditedChange {
  readonly action: string;
  readonly entity: string;
  readonly entityId: number | string;
  readonly before?: object;
  readonly after?: object;
  /** Members, by their name in the code, that are shown as being there but not as what they are. */
  readonly secrets?: readonly string[];
}

/** Keeps who did what, in the transaction that does it. */
export async function writeAudit(change: Change, audited: AuditedChange): Promise<void> {
  const secrets = new Set(audited.secrets ?? []);
  await insertAuditEntry(change.tx, {
    // The columns are ASCII; anything else in a key's name is shown as a question mark.
    actor: ascii(change.actor.name, 120),
    action: audited.action,
    entity: audited.entity,
    entityId: String(audited.entityId),
    before: masked(audited.before, secrets),
    after: masked(audited.after, secrets),
    requestId: change.actor.requestId,
    ip: change.actor.ip,
  });
}

function masked(
  state: object | undefined,
  secrets: ReadonlySet<string>,
): Record<string, unknown> | null {
  if (state === undefined) return null;
  const shown = Object.fromEntries(
    Object.entries(state).map(([name, value]: [string, unknown]) => [
      name,
      secrets.has(name) && value !== null && value !== undefined ? MASK : value,
    ]),
  );
  // An object goes in, so an object comes out.
  return snakeKeys(shown) as Record<string, unknown>;
}

function ascii(text: string, max: number): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, max);
}
