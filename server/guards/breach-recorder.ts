import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { insertCalledCountries } from '../../db/repositories/account-countries.js';
import type { CalledCountry } from '../../db/repositories/account-countries.js';
import { bumpConfigVersions } from '../../db/repositories/config-versions.js';
import { insertNotices } from '../../db/repositories/notices.js';
import type { NewNotice } from '../../db/repositories/notices.js';
import { inTransaction } from '../../db/transaction.js';
import type { GuardEvent } from '../calls/call-plan.js';
import type { Clock } from '../clock.js';
import { FlushBehind } from '../flush-behind.js';
import type { AccountsSnapshot } from '../snapshot/snapshot.js';

export interface BreachRecorderOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What one event comes to in the database. */
interface Record {
  readonly notice: NewNotice;
  readonly country: CalledCountry | null;
}

const MAX_BATCH = 200;
const MAX_WAITING = 5000;
/** Occasions that are written; a flood of refused calls then costs no statement. */
const MAX_REMEMBERED = 20_000;
const RETRY_MS = 1000;

/**
 * Writes what guards found as notices, and countries that were called, behind the answer to the call.
 * One account, rule and local day is one notice, whatever nodes and calls see it: the occasion is
 * unique. What does not fit while the database is away is dropped, and told again by the next call.
 */
export class BreachRecorder {
  readonly #options: BreachRecorderOptions;
  readonly #waiting = new Map<string, Record>();
  readonly #written = new Set<string>();
  readonly #behind = new FlushBehind({
    write: () => this.#write(),
    isWaiting: () => this.#waiting.size > 0,
    retryMs: RETRY_MS,
  });
  #isStopped = false;

  constructor(options: BreachRecorderOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes note of events and returns at once. */
  add(events: readonly GuardEvent[], accounts: AccountsSnapshot): void {
    if (events.length === 0 || this.#isStopped) return;
    for (const event of events) {
      const occasion = occasionOf(event);
      if (this.#written.has(occasion) || this.#waiting.size >= MAX_WAITING) continue;
      this.#waiting.set(occasion, recordOf(event, accounts, this.#options.clock.nowUs()));
    }
    this.#behind.poke();
  }

  /** Writes what waits; resolves when it is written, or when the database refused it for now. */
  async flush(): Promise<void> {
    await this.#behind.flush();
  }

  /** Writes what waits, once, and tries no more by itself. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#behind.stop();
    await this.flush();
  }

  async #write(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, MAX_BATCH);
      try {
        await this.#writeBatch(batch.map(([, record]) => record));
      } catch (error) {
        this.#options.log.warn({ err: error }, 'what guards found waits for the database');
        return;
      }
      for (const [occasion, { country }] of batch) this.#done(occasion, country === null);
    }
  }

  async #writeBatch(records: readonly Record[]): Promise<void> {
    const countries = records.flatMap(({ country }) => (country === null ? [] : [country]));
    await inTransaction(this.#options.database, async (tx) => {
      await insertNotices(
        tx,
        records.map(({ notice }) => notice),
      );
      const isNews = (await insertCalledCountries(tx, countries)) > 0;
      if (isNews) await bumpConfigVersions(tx, ['accounts']);
    });
  }

  /** A called country is asked about no more once every node has it; that is not to be kept here. */
  #done(occasion: string, isRemembered: boolean): void {
    this.#waiting.delete(occasion);
    if (!isRemembered) return;
    if (this.#written.size >= MAX_REMEMBERED) this.#written.clear();
    this.#written.add(occasion);
  }
}

/** A country is called for the first time once; everything else may happen again the next day. */
function occasionOf({ kind, accountId, rule, day, country }: GuardEvent): string {
  const once = kind === 'alert' ? `called:${country ?? ''}` : day;
  return `guard:${String(accountId)}:${rule}:${once}`;
}

function recordOf(event: GuardEvent, accounts: AccountsSnapshot, nowUs: number): Record {
  const { kind, accountId, rule, day, country, detail } = event;
  const account = accounts.accountById.get(accountId);
  const isCalled = kind === 'alert' && country !== undefined;
  return {
    notice: {
      kind: kind === 'breach' ? 'guard_breach' : 'guard_alert',
      accountId,
      occasion: occasionOf(event),
      recipient: account?.noticeEmail ?? null,
      payload: { rule, day, account: account?.name ?? null, ...detail },
      createdUs: nowUs,
    },
    country: isCalled ? { accountId, country, createdUs: nowUs } : null,
  };
}
