import { z } from 'zod';
import { loadPlanCarriers, replacePlanCarriers } from '../../db/repositories/admin/parts.js';
import type { PlanRow, PlanValues } from '../../db/repositories/admin/stores.js';
import { carrierStore, planStore } from '../../db/repositories/admin/stores.js';
import { defined } from './accounts.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { id, line, percent, price } from './fields.js';
import { createRecord, parseInput } from './records.js';
import type { RecordKind } from './records.js';
import { invalid } from './refusal.js';

const planCarrier = z.strictObject({
  carrier_id: id(),
  priority: z.int().min(0).max(1000).default(0),
  weight: z.int().min(1).max(1000).default(1),
});

const fields = {
  name: line(120),
  strategy: z.enum(['cheapest', 'priority']),
  expected_call_s: z.int().min(1).max(86_400),
  margin_percent: percent(),
  margin_absolute: price(),
  allow_loss: z.boolean(),
  max_routes: z.int().min(1).max(20),
  carriers: z.array(planCarrier).max(100),
};

export const planCreate = z.strictObject({
  ...fields,
  strategy: fields.strategy.default('cheapest'),
  expected_call_s: fields.expected_call_s.default(180),
  margin_percent: fields.margin_percent.default('0'),
  margin_absolute: fields.margin_absolute.default('0'),
  allow_loss: fields.allow_loss.default(false),
  max_routes: fields.max_routes.default(5),
  carriers: fields.carriers.default([]),
});

export const planUpdate = z.strictObject(fields).partial();

export const planKind: RecordKind<PlanRow, PlanValues, typeof planCreate, typeof planUpdate> = {
  entity: 'lcr_plan',
  areas: ['plans'],
  store: planStore,
  create: planCreate,
  update: planUpdate,
  uniqueFields: { lcr_plans_name_unique: 'name' },
  async toValues(change, { carriers, ...input }) {
    await checkCarriers(change, carriers);
    return input;
  },
  async toChanges(change, _row, { carriers, ...input }) {
    await checkCarriers(change, carriers ?? []);
    return defined(input);
  },
  async saveParts(change, planId, { carriers }) {
    if (carriers !== undefined) await replacePlanCarriers(change.tx, planId, carriers);
  },
  async loadParts(db, ids) {
    const carriers = await loadPlanCarriers(db, ids);
    return new Map(ids.map((planId) => [planId, { carriers: carriers.get(planId) ?? [] }]));
  },
  async removeParts(change, row) {
    await replacePlanCarriers(change.tx, row.id, []);
  },
};

export async function createPlan(
  deps: AdminDeps,
  actor: Actor,
  input: z.input<typeof planCreate>,
): Promise<PlanRow> {
  return createRecord(deps, actor, planKind, parseInput(planCreate, input));
}

async function checkCarriers(
  change: Change,
  carriers: readonly { readonly carrierId: number }[],
): Promise<void> {
  const seen = new Set<number>();
  for (const [index, { carrierId }] of carriers.entries()) {
    const path = `carriers.${index}.carrier_id`;
    if (seen.has(carrierId)) throw invalid(path, 'is in the plan twice');
    seen.add(carrierId);
    const carrier = await carrierStore.find(change.tx, carrierId);
    if (carrier === undefined) throw invalid(path, 'does not exist');
  }
}
