import { z } from 'zod';
import { violationOf } from '../../db/repositories/admin/errors.js';
import { insertExchangeRate } from '../../db/repositories/admin/exchange-rates.js';
import type { ExchangeRateRecord } from '../../db/repositories/admin/exchange-rates.js';
import { writeAudit } from './audit.js';
import type { Actor, AdminDeps } from './context.js';
import { currency, instant } from './fields.js';
import { changeConfig } from './records.js';
import { conflict } from './refusal.js';

export const exchangeRateCreate = z
  .strictObject({
    from_currency: currency(),
    to_currency: currency(),
    rate: z
      .string()
      .regex(/^\d{1,10}(\.\d{1,10})?$/, 'must be a rate such as "1.0825", as text')
      .refine((text) => /[1-9]/.test(text), 'must be above zero')
      .meta({
        description: 'Units of `to_currency` for one of `from_currency`, as text.',
        example: '1.0825',
      }),
    effective_from: instant().optional().meta({ description: 'Now, when unset.' }),
  })
  .refine((rate) => rate.from_currency !== rate.to_currency, {
    path: ['to_currency'],
    error: 'must be another currency',
  });

/**
 * Adds a rate to the history of its pair. Rates are never changed: what a call was compared with must
 * be found again. The opposite direction is a pair of its own.
 */
export async function createExchangeRate(
  deps: AdminDeps,
  actor: Actor,
  input: z.output<typeof exchangeRateCreate>,
): Promise<ExchangeRateRecord> {
  const effectiveFrom = new Date(input.effective_from ?? deps.clock.nowMs());
  try {
    return await changeConfig(deps, actor, ['currencies'], async (change) => {
      const made = await insertExchangeRate(change.tx, {
        fromCurrency: input.from_currency,
        toCurrency: input.to_currency,
        rate: input.rate,
        effectiveFrom,
        actor: actor.name.replace(/[^\x20-\x7e]/g, '?').slice(0, 120),
      });
      if (made === undefined) throw new Error('exchange rate: found none, expected the new one');
      const { id: entityId } = made;
      const action = 'exchange_rate.create';
      await writeAudit(change, { action, entity: 'exchange_rate', entityId, after: made });
      return made;
    });
  } catch (error) {
    if (violationOf(error)?.kind !== 'duplicate') throw error;
    const detail = 'This pair has a rate from that very instant on already.';
    throw conflict('already_exists', detail, 'effective_from');
  }
}
