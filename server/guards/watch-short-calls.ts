import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { bumpConfigVersions } from '../../db/repositories/config-versions.js';
import { insertNotices } from '../../db/repositories/notices.js';
import {
  countShortLegs,
  findLatestBlock,
  findShortCallRules,
  insertBlockOnce,
} from '../../db/repositories/short-calls.js';
import type { ShortCallRule } from '../../db/repositories/short-calls.js';
import { inTransaction } from '../../db/transaction.js';
import type { Clock } from '../clock.js';

export interface WatchShortCallsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the block, and what is told of it, call the rule. */
export const SHORT_CALLS = 'short_calls';

/**
 * Blocks accounts whose answered calls were suspiciously short, more often than their guard allows
 * within its window. Legs from before the last release count no more, or the account would be blocked
 * again at once. Block, notice and the word to the nodes are one transaction; the key of the open
 * block decides between several that look. Resolves with the number of accounts blocked.
 */
export async function watchShortCalls(options: WatchShortCallsOptions): Promise<number> {
  let blocked = 0;
  for (const rule of await findShortCallRules(options.database.orm)) {
    const found = await findBurst(options, rule);
    if (found !== null && (await block(options, rule, found))) blocked += 1;
  }
  return blocked;
}

async function findBurst(
  { database, clock }: WatchShortCallsOptions,
  rule: ShortCallRule,
): Promise<number | null> {
  const latest = await findLatestBlock(database.orm, rule.accountId, SHORT_CALLS);
  if (latest !== undefined && latest.openKey !== null) return null;
  const windowUs = rule.windowS * 1_000_000;
  const sinceUs = Math.max(clock.nowUs() - windowUs, latest?.releasedUs ?? 0);
  const { shortCallS, accountId, count } = rule;
  const found = await countShortLegs(database.orm, accountId, { sinceUs, shortCallS });
  return found > count ? found : null;
}

async function block(
  { database, clock, log }: WatchShortCallsOptions,
  rule: ShortCallRule,
  found: number,
): Promise<boolean> {
  const { accountId, shortCallS, windowS, count } = rule;
  const detail = { calls: found, allowed: count, shorter_than_s: shortCallS, within_s: windowS };
  const isNew = await inTransaction(database, async (tx) => {
    const nowUs = clock.nowUs();
    const blockId = await insertBlockOnce(tx, {
      accountId,
      rule: SHORT_CALLS,
      openKey: `${String(accountId)}:${SHORT_CALLS}`,
      sinceUs: nowUs,
      detail,
    });
    if (blockId === null) return false;
    const occasion = `account_blocked:${String(blockId)}`;
    const payload = { rule: SHORT_CALLS, account: rule.accountName, ...detail };
    const { recipient } = rule;
    await insertNotices(tx, [
      { kind: 'account_blocked', accountId, occasion, recipient, payload, createdUs: nowUs },
    ]);
    await bumpConfigVersions(tx, ['accounts']);
    return true;
  });
  if (isNew) log.warn({ accountId, ...detail }, 'an account is blocked for its short calls');
  return isNew;
}
