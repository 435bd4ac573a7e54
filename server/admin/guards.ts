import { z } from 'zod';
import { accountStore } from '../../db/repositories/admin/stores.js';
import {
  allowCountry,
  findCountry,
  findGuard,
  lockGuard,
  putGuard,
  removeCountry,
} from '../../db/repositories/admin/guards.js';
import type { CountryRow, GuardRow } from '../../db/repositories/admin/guards.js';
import { writeAudit } from './audit.js';
import { camelKeys } from './case.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { amount, price } from './fields.js';
import { changeConfig } from './records.js';
import { invalid, notFound, Refusal } from './refusal.js';

const clockTime = () =>
  z
    .string()
    .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a local time such as 22:30')
    .nullable()
    .default(null)
    .meta({ description: "Local time of the account's zone.", example: '22:30' });

const whole = (min: number, max: number) => z.int().min(min).max(max).nullable().default(null);

/** Every rule that is left out is off. */
export const guardInput = z.strictObject({
  daily_spend: amount()
    .nullable()
    .default(null)
    .meta({ description: 'Most that may be spent in one local day; null: no limit.' }),
  max_price_per_minute: price()
    .nullable()
    .default(null)
    .meta({ description: 'Dearer calls are refused; null: none is.' }),
  night_from: clockTime(),
  night_to: clockTime(),
  night_max_price_per_minute: price()
    .nullable()
    .default(null)
    .meta({ description: 'Calls dearer than this are refused at night.' }),
  new_country: z.enum(['off', 'alert', 'block']).default('off').meta({
    description: 'What happens on the first call to a country.',
  }),
  short_call_s: whole(1, 600).meta({
    description: 'Answered calls shorter than this are counted.',
  }),
  short_call_count: whole(1, 100_000).meta({ description: 'More of them block the account.' }),
  short_call_window_s: whole(10, 86_400).meta({ description: 'Within so many seconds.' }),
});

/** What an account without a guard has: version 0, and nothing that is refused. */
export const NO_GUARD: Omit<GuardRow, 'accountId' | 'createdAt' | 'updatedAt'> = {
  version: 0,
  dailySpend: null,
  maxPricePerMinute: null,
  nightFrom: null,
  nightTo: null,
  nightMaxPricePerMinute: null,
  newCountry: 'off',
  shortCallS: null,
  shortCallCount: null,
  shortCallWindowS: null,
};

/**
 * Replaces the rules of an account. `version` is the one that was read; 0 where there were none.
 */
export async function setGuard(
  deps: AdminDeps,
  actor: Actor,
  target: { readonly accountId: number; readonly version: number },
  input: z.output<typeof guardInput>,
): Promise<GuardRow> {
  const { accountId, version } = target;
  checkTogether(input);
  return changeConfig(deps, actor, ['accounts'], async (change) => {
    await requireAccountId(change, accountId);
    const before = await lockGuard(change.tx, accountId);
    const found = before?.version ?? 0;
    if (found !== version) {
      const detail = `version: found ${version}, expected ${found}. Read the guard again.`;
      const issue = { path: 'version', message: `is ${found} now` };
      throw new Refusal('version_conflict', 'version_conflict', detail, [issue]);
    }
    await putGuard(change.tx, accountId, camelKeys(input));
    const after = await findGuard(change.tx, accountId);
    if (after === undefined) throw new Error(`guard of account ${accountId}: found none`);
    await writeAudit(change, {
      action: 'account_guard.update',
      entity: 'account_guard',
      entityId: accountId,
      ...(before === undefined ? {} : { before }),
      after,
    });
    return after;
  });
}

/** Rules that are several values are all there or none of them is. */
function checkTogether(input: z.output<typeof guardInput>): void {
  for (const names of [
    ['night_from', 'night_to', 'night_max_price_per_minute'],
    ['short_call_s', 'short_call_count', 'short_call_window_s'],
  ] as const) {
    const missing = names.find((name) => input[name] === null);
    const given = names.find((name) => input[name] !== null);
    if (missing === undefined || given === undefined) continue;
    throw invalid(missing, `is needed with ${given}`);
  }
  if (input.night_from !== null && input.night_from === input.night_to) {
    throw invalid('night_to', 'must not be when the night begins');
  }
}

const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** An ISO 3166-1 alpha-2 code; `ZZ` stands for numbers of no country, such as those of satellites. */
export const country = () =>
  z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two capital letters, such as FR')
    .refine(isRegion, 'is no country')
    .meta({ example: 'FR' });

function isRegion(code: string): boolean {
  // Also asked of what the pattern refused, which `of` would throw at.
  return /^[A-Z]{2}$/.test(code) && REGIONS.of(code) !== undefined;
}

/** Lets an account call a country, whatever its guard says of new ones. */
export async function addCountry(
  deps: AdminDeps,
  actor: Actor,
  target: { readonly accountId: number; readonly country: string },
): Promise<CountryRow> {
  const { accountId, country: code } = target;
  return changeConfig(deps, actor, ['accounts'], async (change) => {
    await requireAccountId(change, accountId);
    const before = await findCountry(change.tx, accountId, code);
    await allowCountry(change.tx, { ...target, createdUs: deps.clock.nowUs() });
    const after = await findCountry(change.tx, accountId, code);
    if (after === undefined) throw new Error(`country ${code} of ${accountId}: found none`);
    await auditCountry(change, 'allow', target, { ...(before && { before }), after });
    return after;
  });
}

/** Makes a country a new one again. */
export async function forgetCountry(
  deps: AdminDeps,
  actor: Actor,
  target: { readonly accountId: number; readonly country: string },
): Promise<void> {
  await changeConfig(deps, actor, ['accounts'], async (change) => {
    const before = await findCountry(change.tx, target.accountId, target.country);
    if (before === undefined) throw notFound('country', target.country);
    await removeCountry(change.tx, target.accountId, target.country);
    await auditCountry(change, 'remove', target, { before });
  });
}

async function auditCountry(
  change: Change,
  verb: 'allow' | 'remove',
  { accountId, country: code }: { readonly accountId: number; readonly country: string },
  states: { readonly before?: CountryRow; readonly after?: CountryRow },
): Promise<void> {
  await writeAudit(change, {
    action: `account_country.${verb}`,
    entity: 'account_country',
    entityId: `${accountId}:${code}`,
    ...states,
  });
}

async function requireAccountId(change: Change, accountId: number): Promise<void> {
  const account = await accountStore.find(change.tx, accountId);
  if (account === undefined) throw notFound('account', accountId);
}
