import type { Database, Queryable } from '../../db/client.js';

const STATEMENTS = new Set(['select', 'insert', 'update', 'delete', 'execute']);

export class BrokenStatementError extends Error {}

export interface BreakingDatabase {
  readonly database: Database;
  /** Statements begun inside transactions so far. */
  readonly statements: () => number;
  /** Makes one statement fail, counted from the next on, first is 1; 0 makes none fail. */
  breakAt(statement: number): void;
}

/** The same database, of whose transactions any statement can be made to fail. */
export function breakingDatabase(real: Database): BreakingDatabase {
  let count = 0;
  let broken = 0;
  const watched = (tx: Queryable): Queryable =>
    new Proxy(tx, {
      get(target, name, receiver): unknown {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof name !== 'string' || !STATEMENTS.has(name) || typeof member !== 'function') {
          return member;
        }
        return (...args: readonly unknown[]): unknown => {
          count += 1;
          if (count === broken) throw new BrokenStatementError(`statement ${String(count)} broke`);
          return Reflect.apply(member, target, args);
        };
      },
    });
  const orm = new Proxy(real.orm, {
    get(target, name, receiver): unknown {
      const member: unknown = Reflect.get(target, name, receiver);
      if (name !== 'transaction') return member;
      return (work: (tx: Queryable) => Promise<unknown>): Promise<unknown> =>
        target.transaction((tx) => work(watched(tx)));
    },
  });
  return {
    database: {
      orm,
      scan: (scan) => real.scan(scan),
      poolSize: () => real.poolSize(),
      close: () => real.close(),
    },
    statements: () => count,
    breakAt: (statement) => {
      count = 0;
      broken = statement;
    },
  };
}
