import { z } from 'zod';
import type { DecisionStep } from '../calls/decision.js';

/**
 * The steps of a plan that say what was looked at, read back as data: they are there for refused
 * calls too, of which nothing else is left.
 */
const payerStep = z.object({
  kind: z.literal('payer'),
  accountId: z.number(),
  /** Present where an extension's own money pays, and which. */
  extensionId: z.number().optional(),
  wallet: z.string().optional(),
  /** The branch that a head office pays for. */
  paysFor: z.number().optional(),
  tried: z.array(z.object({ of: z.string(), sheetId: z.number() })),
  /** Of the sheet that has a rate for the number. */
  sheetId: z.number().optional(),
  problem: z.string().optional(),
});

const quality = z.object({
  attempts: z.number(),
  asr: z.number(),
  acdS: z.number(),
  pddMs: z.number().nullable(),
  prefix: z.string(),
});

const pricedRoute = z.object({
  gateway: z.string(),
  carrierId: z.number(),
  expectedCost: z.string().optional(),
  costInClientCurrency: z.string().optional(),
  margin: z.string().optional(),
  exchangeRate: z.string().optional(),
  quality: quality.optional(),
});

const lcrStep = z.object({
  kind: z.literal('lcr'),
  plan: z.string(),
  strategy: z.string(),
  expectedSeconds: z.number(),
  expectedFrom: z.string(),
  expectedPrice: z.string(),
  currency: z.string(),
  routes: z.array(pricedRoute),
  refused: z.array(pricedRoute.extend({ reason: z.string(), detail: z.string().optional() })),
});

const fullStep = z.object({
  kind: z.literal('route_full'),
  gateway: z.string(),
  reason: z.string(),
  detail: z.string(),
});

export type PayerStep = z.output<typeof payerStep>;
export type PricedRoute = z.output<typeof pricedRoute>;
export type LcrStep = z.output<typeof lcrStep>;

/** In the order of the chain, the customer first. */
export function payerSteps(steps: readonly DecisionStep[]): readonly PayerStep[] {
  return steps.filter(({ kind }) => kind === 'payer').map((step) => payerStep.parse(step));
}

/** Null for a call that was decided before any carrier was looked at. */
export function lcrStepOf(steps: readonly DecisionStep[]): LcrStep | null {
  const step = steps.find(({ kind }) => kind === 'lcr');
  return step === undefined ? null : lcrStep.parse(step);
}

/** Routes that had no room for one more call. */
export function fullRoutes(steps: readonly DecisionStep[]) {
  return steps.filter(({ kind }) => kind === 'route_full').map((step) => fullStep.parse(step));
}
