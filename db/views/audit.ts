import { and, desc, eq, gte, lt } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { auditEntries } from '../schema/index.js';

export type AuditView = typeof auditEntries.$inferSelect;

export interface AuditFilters {
  readonly entity?: string;
  readonly entityId?: string;
  readonly action?: string;
  readonly actor?: string;
  readonly requestId?: string;
  /** Half-open period. */
  readonly from?: Date;
  readonly to?: Date;
}

/** Newest first; entries older than `beforeId`. */
export async function listAudit(
  db: Queryable,
  filters: AuditFilters,
  page: { readonly beforeId?: number; readonly limit: number },
): Promise<readonly AuditView[]> {
  return db
    .select()
    .from(auditEntries)
    .where(
      and(
        filters.entity === undefined ? undefined : eq(auditEntries.entity, filters.entity),
        filters.entityId === undefined ? undefined : eq(auditEntries.entityId, filters.entityId),
        filters.action === undefined ? undefined : eq(auditEntries.action, filters.action),
        filters.actor === undefined ? undefined : eq(auditEntries.actor, filters.actor),
        filters.requestId === undefined ? undefined : eq(auditEntries.requestId, filters.requestId),
        filters.from === undefined ? undefined : gte(auditEntries.at, filters.from),
        filters.to === undefined ? undefined : lt(auditEntries.at, filters.to),
        page.beforeId === undefined ? undefined : lt(auditEntries.id, page.beforeId),
      ),
    )
    .orderBy(desc(auditEntries.id))
    .limit(page.limit);
}
