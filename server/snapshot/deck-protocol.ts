import type { ReleaseIndexParts } from '../../rating/deck/release-index.js';

/** What the engine asks of the thread that reads decks. One release at a time. */
export type DeckRequest =
  | { readonly kind: 'load'; readonly job: number; readonly releaseId: number }
  /** The next piece of the tables of the release that was read. */
  | { readonly kind: 'more'; readonly job: number }
  | { readonly kind: 'cancel'; readonly job: number }
  | { readonly kind: 'stop' };

export type DeckReply =
  | {
      readonly kind: 'progress';
      readonly job: number;
      readonly rowsRead: number;
      readonly rowsTotal: number;
    }
  /** The columns, whose memory changes hands. The tables are empty and follow in pieces. */
  | { readonly kind: 'columns'; readonly job: number; readonly parts: ReleaseIndexParts }
  | { readonly kind: 'piece'; readonly job: number; readonly piece: TablePiece | null }
  | {
      readonly kind: 'failed';
      readonly job: number;
      readonly message: string;
      /** The database went away; nothing is wrong with the release. */
      readonly isUnavailable: boolean;
    };

export interface DeckWorkerData {
  readonly databaseUrl: string;
}

/** A stretch of one of the tables that rows share. */
export interface TablePiece {
  readonly table: TableName;
  readonly entries: readonly unknown[];
}

const TABLES = ['destinations', 'shapes', 'validities', 'rares'] as const;
type TableName = (typeof TABLES)[number];
export type Tables = Pick<ReleaseIndexParts, TableName>;

/** Copying so many entries from one thread to the other takes a few milliseconds. */
const ENTRIES_AT_ONCE = 5000;

/**
 * The tables in portions that are quickly copied: in most decks they are small, but nothing keeps a
 * carrier from naming each of a million rows differently.
 */
export function* cutTables(tables: Tables): Generator<TablePiece, void> {
  for (const table of TABLES) {
    const entries = tables[table];
    for (let at = 0; at < entries.length; at += ENTRIES_AT_ONCE) {
      yield { table, entries: entries.slice(at, at + ENTRIES_AT_ONCE) };
    }
  }
}

/** The parts with empty tables. */
export function withoutTables(parts: ReleaseIndexParts): ReleaseIndexParts {
  return { ...parts, destinations: [], shapes: [], validities: [], rares: [] };
}

/** Puts pieces together again. */
export class TableCollector {
  readonly #entries: Record<TableName, unknown[]> = {
    destinations: [],
    shapes: [],
    validities: [],
    rares: [],
  };

  add({ table, entries }: TablePiece): void {
    for (const entry of entries) this.#entries[table].push(entry);
  }

  /** The whole parts: every entry was cut from a table of that very name and type. */
  complete(parts: ReleaseIndexParts): ReleaseIndexParts {
    return { ...parts, ...(this.#entries as unknown as Tables) };
  }
}
