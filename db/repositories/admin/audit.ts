import type { Queryable } from '../../client.js';
import { auditEntries } from '../../schema/index.js';

export interface AuditEntry {
  readonly actor: string;
  /** What was done, such as `account.update`. */
  readonly action: string;
  readonly entity: string;
  readonly entityId: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly requestId: string | null;
  readonly ip: string | null;
}

/** Appends an entry inside the transaction of the change it tells of. Secrets are masked before. */
export async function insertAuditEntry(tx: Queryable, entry: AuditEntry): Promise<void> {
  await tx.insert(auditEntries).values({ ...entry });
}
