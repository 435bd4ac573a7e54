import type { Queryable } from '../../db/client.js';
import { accountStore, carrierStore } from '../../db/repositories/admin/stores.js';
import { conflict } from '../../server/admin/refusal.js';
import { textOption, UsageError } from '../rates/command.js';
import type { OptionValues, RatesCommand } from '../rates/command.js';
import { findSheet } from '../rates/find-sheet.js';

export const SCOPE_OPTIONS: RatesCommand['options'] = {
  from: { type: 'string' },
  to: { type: 'string' },
  account: { type: 'string' },
  sheet: { type: 'string' },
  carrier: { type: 'string' },
  note: { type: 'string' },
};

/** The scope of a run as its input wants it, with the ids of what the options name. */
export async function readScope(db: Queryable, values: OptionValues) {
  const account = textOption(values, 'account');
  const sheet = textOption(values, 'sheet');
  const carrier = textOption(values, 'carrier');
  return {
    from: instantOption(values, 'from'),
    to: instantOption(values, 'to'),
    ...(account === undefined
      ? {}
      : { account_id: idOf(await accountStore.findBy(db, { code: account }), 'account', account) }),
    ...(sheet === undefined ? {} : { sheet_id: (await findSheet(db, sheet)).id }),
    ...(carrier === undefined
      ? {}
      : { carrier_id: idOf(await carrierStore.findBy(db, { code: carrier }), 'carrier', carrier) }),
  };
}

function idOf(row: { readonly id: number } | undefined, what: string, code: string): number {
  if (row === undefined) throw conflict(`unknown_${what}`, `There is no ${what} '${code}'.`);
  return row.id;
}

/** A date alone is its midnight, UTC. */
function instantOption(values: OptionValues, name: 'from' | 'to'): string {
  const text = textOption(values, name);
  if (text === undefined) throw new UsageError(`--${name} is missing`);
  const at = new Date(text);
  const isDated = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;
  if (!isDated.test(text) || Number.isNaN(at.getTime())) {
    throw new UsageError(`--${name}: found '${text}', expected such as 2026-11-01T00:00:00Z`);
  }
  return at.toISOString();
}
