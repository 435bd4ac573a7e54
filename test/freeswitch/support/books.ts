import { Decimal } from 'decimal.js';
import type { Database } from '../../../db/client.js';
import { listAudit } from '../../../db/views/audit.js';
import { findCall, listCalls, listHoldsOfCall, listLegsOfCalls } from '../../../db/views/calls.js';
import type { LegView } from '../../../db/views/calls.js';
import { findBalance, findTransaction, findWalletBalance } from '../../../db/views/ledger.js';
import { until } from './ports.js';
import { RETAIL } from './tenant.js';
import type { CustomerName, Tenant } from './tenant.js';

type Call = Awaited<ReturnType<typeof listCalls>>[number];

/** A finished call with what was written about it. */
export interface Story {
  readonly call: Call;
  readonly legs: readonly LegView[];
}

/** Reads what the engine wrote down. */
export class Books {
  readonly #database: Database;
  readonly #tenant: Tenant;

  constructor(database: Database, tenant: Tenant) {
    this.#database = database;
    this.#tenant = tenant;
  }

  /** Instants in the books are microseconds since 1970. */
  static nowUs(): number {
    return Date.now() * 1000;
  }

  /** The newest call to a number decided since, whatever became of it. */
  async callTo(destination: string, sinceUs: number, withinMs = 10_000): Promise<Call> {
    return until(
      `a call to ${destination}`,
      async () => {
        const filters = { destination, fromUs: sinceUs };
        const [call] = await listCalls(this.#database.orm, filters, { limit: 1 });
        return call ?? null;
      },
      withinMs,
    );
  }

  /** The same call, once it is over and `legCount` legs of it are settled. */
  async finished(
    destination: string,
    sinceUs: number,
    legCount: number,
    withinMs = 10_000,
  ): Promise<Story> {
    return until(
      `the end of the call to ${destination}`,
      async () => {
        const call = await this.callTo(destination, sinceUs);
        const legs = await this.legsOf(call.id);
        const isOver = ['settled', 'released', 'refused'].includes(call.state);
        const settled = legs.filter((leg) => leg.state === 'settled');
        if (isOver && settled.length === legCount) return { call, legs };
        throw new Error(`${call.state}, ${String(settled.length)} of ${String(legCount)} legs`);
      },
      withinMs,
    );
  }

  async legsOf(callId: string): Promise<readonly LegView[]> {
    return listLegsOfCalls(this.#database.orm, [callId]);
  }

  /** The running leg of a call to a number that has been answered. */
  async answeredLeg(destination: string, sinceUs: number): Promise<LegView> {
    return until(`an answered leg to ${destination}`, async () => {
      const call = await this.callTo(destination, sinceUs);
      const legs = await this.legsOf(call.id);
      return legs.find((leg) => leg.state === 'answered' && leg.kind === 'carrier') ?? null;
    });
  }

  /** Legs whose second final report said something else than the first. */
  async differences(): Promise<readonly unknown[]> {
    const filters = { action: 'leg.final_report_differs' };
    const entries = await listAudit(this.#database.orm, filters, { limit: 20 });
    return entries.map(({ before, after }) => ({ before, after }));
  }

  /** What a person is shown about a decision: its reason steps. */
  async decisionOf(callId: string): Promise<string> {
    return JSON.stringify((await findCall(this.#database.orm, callId))?.decision ?? null);
  }

  async holdsOf(callId: string): Promise<readonly { state: string; amount: string }[]> {
    return listHoldsOfCall(this.#database.orm, callId);
  }

  async balanceOf(name: CustomerName): Promise<{ balance: Decimal; held: Decimal }> {
    const row = await findBalance(this.#database.orm, this.#tenant.accountIds[name]);
    return { balance: new Decimal(row?.balance ?? 0), held: new Decimal(row?.held ?? 0) };
  }

  /** What an account has, whoever made it. */
  async moneyOf(accountId: number): Promise<{ balance: Decimal; held: Decimal }> {
    const row = await findBalance(this.#database.orm, accountId);
    return { balance: new Decimal(row?.balance ?? 0), held: new Decimal(row?.held ?? 0) };
  }

  /** What an extension has of its own. */
  async walletOf(extensionId: number): Promise<{ balance: Decimal; held: Decimal }> {
    const row = await findWalletBalance(this.#database.orm, extensionId);
    return { balance: new Decimal(row?.balance ?? 0), held: new Decimal(row?.held ?? 0) };
  }

  /** All calls to a number decided since. */
  async callsTo(destination: string, sinceUs: number): Promise<readonly Call[]> {
    return listCalls(this.#database.orm, { destination, fromUs: sinceUs }, { limit: 200 });
  }

  /** The sum and the count of the entries of a leg's posting. */
  async postingOf(leg: LegView): Promise<{ sum: string; entries: number }> {
    const found = await findTransaction(this.#database.orm, leg.transactionId ?? '');
    const amounts = (found?.entries ?? []).map((entry) => new Decimal(entry.amount));
    const sum = amounts.reduce((total, amount) => total.plus(amount), new Decimal(0));
    return { sum: sum.toFixed(), entries: amounts.length };
  }
}

/** What a leg should have cost its caller, worked out here from its answered time alone. */
export function retailPrice(prefix: keyof typeof RETAIL, billUs: number): string {
  const { perMinute, connectFee } = RETAIL[prefix];
  const seconds = Math.ceil(billUs / 1_000_000);
  return new Decimal(perMinute).times(seconds).div(60).plus(connectFee).toFixed(6);
}
