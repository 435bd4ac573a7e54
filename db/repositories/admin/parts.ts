import { asc, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { ivrEntries, lcrPlanCarriers, packagePrefixes } from '../../schema/index.js';

/** Rows that live and die with the record they are part of. They are replaced as a whole. */
export interface PlanCarrier {
  readonly carrierId: number;
  readonly priority: number;
  readonly weight: number;
  readonly sharePercent: number;
  readonly jurisdiction: 'any' | 'interstate' | 'intrastate';
}

export interface MenuEntry {
  readonly digits: string;
  readonly transferTo: string;
}

export async function loadPlanCarriers(
  db: Queryable,
  planIds: readonly number[],
): Promise<ReadonlyMap<number, readonly PlanCarrier[]>> {
  if (planIds.length === 0) return new Map();
  const rows = await db
    .select()
    .from(lcrPlanCarriers)
    .where(inArray(lcrPlanCarriers.planId, [...planIds]))
    .orderBy(asc(lcrPlanCarriers.priority), asc(lcrPlanCarriers.carrierId));
  return grouped(
    rows,
    (row) => row.planId,
    ({ planId: _, ...part }) => part,
  );
}

export async function replacePlanCarriers(
  tx: Queryable,
  planId: number,
  carriers: readonly PlanCarrier[],
): Promise<void> {
  await tx.delete(lcrPlanCarriers).where(eq(lcrPlanCarriers.planId, planId));
  if (carriers.length === 0) return;
  await tx.insert(lcrPlanCarriers).values(carriers.map((carrier) => ({ planId, ...carrier })));
}

export async function loadMenuEntries(
  db: Queryable,
  menuIds: readonly number[],
): Promise<ReadonlyMap<number, readonly MenuEntry[]>> {
  if (menuIds.length === 0) return new Map();
  const rows = await db
    .select()
    .from(ivrEntries)
    .where(inArray(ivrEntries.menuId, [...menuIds]))
    .orderBy(asc(ivrEntries.id));
  return grouped(
    rows,
    (row) => row.menuId,
    ({ digits, transferTo }) => ({ digits, transferTo }),
  );
}

export async function replaceMenuEntries(
  tx: Queryable,
  menuId: number,
  entries: readonly MenuEntry[],
): Promise<void> {
  await tx.delete(ivrEntries).where(eq(ivrEntries.menuId, menuId));
  if (entries.length === 0) return;
  await tx.insert(ivrEntries).values(entries.map((entry) => ({ menuId, ...entry })));
}

export async function loadPackagePrefixes(
  db: Queryable,
  packageIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (packageIds.length === 0) return new Map();
  const rows = await db
    .select()
    .from(packagePrefixes)
    .where(inArray(packagePrefixes.packageId, [...packageIds]))
    .orderBy(asc(packagePrefixes.prefix));
  return grouped(
    rows,
    (row) => row.packageId,
    (row) => row.prefix,
  );
}

export async function replacePackagePrefixes(
  tx: Queryable,
  packageId: number,
  prefixes: readonly string[],
): Promise<void> {
  await tx.delete(packagePrefixes).where(eq(packagePrefixes.packageId, packageId));
  if (prefixes.length === 0) return;
  await tx.insert(packagePrefixes).values(prefixes.map((prefix) => ({ packageId, prefix })));
}

function grouped<Row, Part>(
  rows: readonly Row[],
  owner: (row: Row) => number,
  part: (row: Row) => Part,
): ReadonlyMap<number, readonly Part[]> {
  const groups = new Map<number, Part[]>();
  for (const row of rows) {
    const group = groups.get(owner(row)) ?? [];
    group.push(part(row));
    groups.set(owner(row), group);
  }
  return groups;
}
