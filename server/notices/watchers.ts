import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import type { Clock } from '../clock.js';
import { watchShortCalls } from '../guards/watch-short-calls.js';
import { deliverNotices } from './deliver-notices.js';
import type { Mailer } from './mailer.js';
import { watchBalances } from './watch-balances.js';

export interface WatchersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly mailer: Mailer | null;
}

/**
 * What a node looks for in the books from time to time, and what it tells of it. Any number of nodes
 * may look at the same time: the database decides who found something first.
 */
export class Watchers {
  readonly #options: WatchersOptions;
  readonly #stopped = new AbortController();
  /** Since this node started. */
  readonly counts = { sent: 0, failed: 0, low_balance: 0, account_blocked: 0 };

  constructor(options: WatchersOptions) {
    this.#options = options;
  }

  async deliver(): Promise<void> {
    const { signal } = this.#stopped;
    const { sent, failed } = await deliverNotices({ ...this.#options, signal });
    this.counts.sent += sent;
    this.counts.failed += failed;
  }

  async lookAtBalances(): Promise<void> {
    this.counts.low_balance += await watchBalances(this.#options);
  }

  async lookForShortCalls(): Promise<void> {
    this.counts.account_blocked += await watchShortCalls(this.#options);
  }

  /** Waits for no mail server any more. */
  stop(): void {
    this.#stopped.abort();
    this.#options.mailer?.close();
  }
}
