import { z } from 'zod';
import { sumQuality } from '../../../db/views/carrier-quality.js';
import type { QualitySums } from '../../../db/views/carrier-quality.js';
import { windowStartS } from '../../../rating/quality/slice.js';
import { queryId, queryInt } from '../listing.js';
import { defineOperation } from '../operation.js';

const shown = z
  .object({
    carrier_id: z.int(),
    gateway_id: z.int(),
    prefix: z.string().meta({ description: 'First digits of the numbers called; empty for all.' }),
    attempts: z.int(),
    answered: z.int(),
    asr: z.number().nullable().meta({ description: 'Answered attempts by attempts, 0 to 1.' }),
    acd_s: z.number().nullable().meta({ description: 'Average seconds of an answered call.' }),
    pdd_ms: z.number().nullable().meta({ description: 'Average delay until it rang.' }),
  })
  .meta({ id: 'CarrierQuality' });

const carrierQuality = defineOperation({
  id: 'listCarrierQuality',
  method: 'get',
  path: '/carrier-quality',
  tag: 'Carriers and routing',
  summary: 'What became of attempts over carriers in the last hours',
  description: 'Summed by carrier, gateway and first digits, up to now. The same figures LCR uses.',
  scope: 'calls:read',
  query: z.strictObject({
    window_h: queryInt(1, 168).default(24),
    carrier_id: queryId().optional(),
    gateway_id: queryId().optional(),
    prefix: z
      .string()
      .regex(/^[0-9]{1,5}$/, 'must be 1 to 5 digits')
      .optional()
      .meta({ description: 'Only numbers that begin with these digits.' }),
    digits: queryInt(0, 5).default(3).meta({ description: 'How many digits sums are made by.' }),
    limit: queryInt(1, 1000).default(200),
  }),
  response: z.object({ from: z.iso.datetime(), items: z.array(shown) }),
  async handle({ deps, query }) {
    const sinceS = windowStartS(Math.floor(deps.clock.nowMs() / 1000), query.window_h);
    const sums = await sumQuality(deps.database.orm, {
      sinceS,
      digits: query.digits,
      limit: query.limit,
      ...(query.carrier_id === undefined ? {} : { carrierId: query.carrier_id }),
      ...(query.gateway_id === undefined ? {} : { gatewayId: query.gateway_id }),
      ...(query.prefix === undefined ? {} : { prefix: query.prefix }),
    });
    return { body: { from: new Date(sinceS * 1000).toISOString(), items: sums.map(show) } };
  },
});

function show(sums: QualitySums): z.output<typeof shown> {
  const { attempts, answered, talkUs, pddUs, pddCount } = sums;
  return {
    carrier_id: sums.carrierId,
    gateway_id: sums.gatewayId,
    prefix: sums.prefix,
    attempts,
    answered,
    asr: ratio(answered, attempts, 4),
    acd_s: ratio(talkUs / 1_000_000, answered, 1),
    pdd_ms: ratio(pddUs / 1000, pddCount, 0),
  };
}

function ratio(sum: number, count: number, decimals: number): number | null {
  return count === 0 ? null : Number((sum / count).toFixed(decimals));
}

export const qualityOperations = [carrierQuality];
