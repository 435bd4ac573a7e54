import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import {
  claimNotice,
  endAttempt,
  findDueNotices,
  keepNotices,
} from '../../db/repositories/notices.js';
import type { NoticeRow } from '../../db/repositories/notices.js';
import type { Clock } from '../clock.js';
import { isRefusedForGood } from './mailer.js';
import type { Mailer } from './mailer.js';
import { noticeText } from './notice-text.js';

export interface DeliverOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Null where no mail server is set: notices are kept for whoever looks. */
  readonly mailer: Mailer | null;
  /** Aborted when the node stops: what is under way then is left to whoever comes after the lease. */
  readonly signal: AbortSignal;
}

export interface Delivered {
  readonly sent: number;
  /** Attempts in vain, the last ones included. */
  readonly failed: number;
}

const AT_ONCE = 50;
/** An attempt is given up after this, whatever the mail server still says. */
const ATTEMPT_MS = 120_000;
/** Longer than an attempt can take: only the notice of a node that died is anybody's after that. */
const LEASE_US = 300_000_000;
const FIRST_PAUSE_US = 30_000_000;
const LONGEST_PAUSE_US = 21_600_000_000;
/** With these pauses, somewhat more than a day. */
const MAX_ATTEMPTS = 14;

/**
 * Sends what is due. A notice is claimed before it is sent, so two nodes never send one twice; one
 * that dies between sending and noting it leaves it to be sent again, with the same message id.
 */
export async function deliverNotices(options: DeliverOptions): Promise<Delivered> {
  const { database, clock, mailer, signal } = options;
  await keepNotices(database.orm, clock.nowUs(), mailer === null ? 'all' : 'unaddressed');
  const delivered = { sent: 0, failed: 0 };
  if (mailer === null) return delivered;
  for (const notice of await findDueNotices(database.orm, clock.nowUs(), AT_ONCE)) {
    if (signal.aborted) break;
    const isOurs = await claimNotice(database.orm, notice, clock.nowUs() + LEASE_US);
    if (!isOurs) continue;
    const claimed = { ...notice, attempts: notice.attempts + 1 };
    const outcome = await attempt(options, mailer, claimed);
    if (outcome !== null) delivered[outcome] += 1;
  }
  return delivered;
}

async function attempt(
  options: DeliverOptions,
  mailer: Mailer,
  notice: NoticeRow,
): Promise<keyof Delivered | null> {
  const { database, clock, signal } = options;
  const { id, recipient, createdUs } = notice;
  const idWord = `notice-${String(id)}-${String(createdUs)}`;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]);
  try {
    const sending = mailer.send({ ...noticeText(notice), to: recipient ?? '', idWord });
    await Promise.race([sending, rejectedBy(deadline)]);
  } catch (error) {
    if (signal.aborted) return null;
    await noteFailure(options, notice, error);
    return 'failed';
  }
  await endAttempt(database.orm, notice, { state: 'sent', sentUs: clock.nowUs(), error: null });
  return 'sent';
}

async function noteFailure(
  { database, clock, log }: DeliverOptions,
  notice: NoticeRow,
  error: unknown,
): Promise<void> {
  const { id, attempts } = notice;
  const isLast = attempts >= MAX_ATTEMPTS || isRefusedForGood(error);
  log.warn({ err: error, noticeId: id, attempts, isLast }, 'a notice could not be sent');
  await endAttempt(database.orm, notice, {
    state: isLast ? 'failed' : 'pending',
    error: (error instanceof Error ? error.message : 'unknown error').slice(0, 255),
    notBeforeUs: clock.nowUs() + pauseUs(attempts),
  });
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => {
      reject(new Error('the mail server took too long'));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function pauseUs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_US, FIRST_PAUSE_US * 2 ** (attempts - 1));
}
