import { releaseStore } from '../../db/repositories/admin/stores.js';
import type { ReleaseRow } from '../../db/repositories/admin/stores.js';
import { notFound } from '../../server/admin/refusal.js';
import { UsageError } from './command.js';
import type { RatesContext } from './command.js';

/** Exactly the positional arguments that a command names. */
export function takePositionals(
  positionals: readonly string[],
  names: readonly string[],
): readonly string[] {
  if (positionals.length === names.length) return positionals;
  throw new UsageError(`found ${positionals.length} arguments, expected ${names.join(' and ')}`);
}

/** The id of a release, as `list --sheet` shows it. */
export function releaseId(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(
    `found release '${text ?? ''}', expected its id, as 'list --sheet' shows it`,
  );
}

/** @throws Refusal `not_found`. */
export async function readRelease(context: RatesContext, id: number): Promise<ReleaseRow> {
  const release = await releaseStore.find(context.database.orm, id);
  if (release === undefined) throw notFound('release', id);
  return release;
}
