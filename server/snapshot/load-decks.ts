import type { Database } from '../../db/client.js';
import { loadRateRows, loadSheets } from '../../db/repositories/snapshot.js';
import type { ReleaseRow, SheetRow } from '../../db/repositories/snapshot.js';
import { DeckBuilder } from '../../rating/deck/deck.js';
import type { Deck } from '../../rating/deck/deck.js';
import type { DeckTerms, RateRow } from '../../rating/deck/types.js';

const PAGE_ROWS = 5000;

export interface LoadedDeck {
  readonly deck: Deck;
  /** Which releases and which edition of the sheet went into it. */
  readonly fingerprint: string;
}

export type LoadedDecks = ReadonlyMap<number, LoadedDeck>;

/**
 * Builds the decks of all sheets with an active release, taking over from `previous` those that did
 * not change. Rows come in pages, so calls are decided in between and no page holds up the loop long.
 */
export async function loadDecks(database: Database, previous: LoadedDecks): Promise<LoadedDecks> {
  const { sheets, releases } = await loadSheets(database.orm);
  const loaded = new Map<number, LoadedDeck>();
  for (const sheet of sheets) {
    const own = releases.filter((release) => release.sheetId === sheet.id);
    if (own.length === 0) continue;
    const fingerprint = fingerprintOf(sheet, own);
    const kept = previous.get(sheet.id);
    loaded.set(
      sheet.id,
      kept?.fingerprint === fingerprint
        ? kept
        : { deck: await buildSheetDeck(database, sheet, own), fingerprint },
    );
  }
  return loaded;
}

function fingerprintOf(sheet: SheetRow, releases: readonly ReleaseRow[]): string {
  const editions = releases.map((release) => `${release.id}.${release.version}`);
  return `${sheet.id}.${sheet.version}:${editions.join(',')}`;
}

async function buildSheetDeck(
  database: Database,
  sheet: SheetRow,
  releases: readonly ReleaseRow[],
): Promise<Deck> {
  const builder = new DeckBuilder(termsOf(sheet));
  for (const [index, release] of releases.entries()) {
    const until = releases[index + 1]?.effectiveFrom.getTime() ?? null;
    await addRelease(database, builder, release, until);
  }
  return builder.build();
}

async function addRelease(
  database: Database,
  builder: DeckBuilder,
  release: ReleaseRow,
  until: number | null,
): Promise<void> {
  const from = release.effectiveFrom.getTime();
  // Two releases with one start: the earlier one never prices anything.
  if (until !== null && until <= from) return;
  let afterId = 0;
  for (;;) {
    const page = await loadRateRows(database.orm, release.id, afterId, PAGE_ROWS);
    const last = page.at(-1);
    if (last === undefined) return;
    for (const row of page) {
      const clipped = clipToRelease(row, from, until);
      if (clipped !== null) builder.add(clipped);
    }
    afterId = last.id;
  }
}

/** A row is in force while both it and its release are. */
function clipToRelease(row: RateRow, from: number, until: number | null): RateRow | null {
  const effectiveFrom = Math.max(from, row.effectiveFrom ?? from);
  const effectiveTo =
    row.effectiveTo === null
      ? until
      : until === null
        ? row.effectiveTo
        : Math.min(row.effectiveTo, until);
  if (effectiveTo !== null && effectiveTo <= effectiveFrom) return null;
  return { ...row, effectiveFrom, effectiveTo };
}

function termsOf(sheet: SheetRow): DeckTerms {
  return {
    sheetId: sheet.id,
    sheetName: sheet.name,
    currency: sheet.currency,
    timeZone: sheet.timeZone,
    durationRounding: sheet.durationRounding,
    roundingMode: sheet.roundingMode,
    roundingDecimals: sheet.roundingDecimals,
    timeOfDayPolicy: 'start',
    taxPercent: sheet.taxPercent,
  };
}
