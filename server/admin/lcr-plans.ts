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

/** How a plan's carriers are put in order. */
export const STRATEGIES = [
  'cheapest',
  'priority',
  'tolerance',
  'quality',
  'percentage',
  'fixed',
] as const;

const planCarrier = z.strictObject({
  carrier_id: id(),
  priority: z.int().min(0).max(1000).default(0),
  weight: z.int().min(1).max(1000).default(1),
  share_percent: z.int().min(0).max(100).default(0).meta({
    description: 'Share of calls that are offered to it first, of a plan by percentage.',
  }),
  jurisdiction: z.enum(['any', 'interstate', 'intrastate']).default('any').meta({
    description: 'Which US calls it is used for; calls elsewhere are not asked.',
  }),
});

const fields = {
  name: line(120),
  strategy: z.enum(STRATEGIES),
  expected_call_s: z.int().min(1).max(86_400),
  use_acd: z.boolean().meta({
    description: "Compare routes by the destination's own average call where it is known.",
  }),
  tolerance_percent: percent().meta({
    description: 'Routes at most this much dearer than the cheapest are ordered by quality.',
  }),
  quality_window_h: z.int().min(1).max(168),
  quality_min_attempts: z.int().min(1).max(1_000_000),
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
  use_acd: fields.use_acd.default(true),
  tolerance_percent: fields.tolerance_percent.default('0'),
  quality_window_h: fields.quality_window_h.default(24),
  quality_min_attempts: fields.quality_min_attempts.default(20),
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
    checkShares(input.strategy, carriers);
    return input;
  },
  async toChanges(change, row, { carriers, ...input }) {
    await checkCarriers(change, carriers ?? []);
    const members = carriers ?? (await loadPlanCarriers(change.tx, [row.id])).get(row.id) ?? [];
    checkShares(input.strategy ?? row.strategy, members);
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

/** A plan without carriers yet is allowed; it reaches nobody. */
function checkShares(
  strategy: PlanRow['strategy'],
  carriers: readonly { readonly sharePercent: number }[],
): void {
  if (strategy !== 'percentage' || carriers.length === 0) return;
  const sum = carriers.reduce((total, { sharePercent }) => total + sharePercent, 0);
  if (sum !== 100) throw invalid('carriers', `shares add up to ${sum}, expected 100`);
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
