import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import { loadRateTimeline } from '../../db/repositories/rate-timeline.js';
import type { RateTimeline, ReleaseStamp } from '../../db/repositories/rate-timeline.js';
import type { Deck } from '../../rating/deck/deck.js';
import type { ReleaseIndex } from '../../rating/deck/release-index.js';
import type { Clock } from '../clock.js';
import { DeckLoadError } from './deck-loader.js';
import type { ReleaseLoader } from './deck-loader.js';
import type { LoadProgress } from './load-release.js';
import { SheetDecks } from './sheet-decks.js';
import { KEEP_AHEAD_MS, planRates } from './wanted-releases.js';
import type { RatePlan, WantedRelease } from './wanted-releases.js';

export interface RatesAreaOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly loader: ReleaseLoader;
  /** Whether drafts, and the release a roll-back would bring back, are loaded ahead. */
  readonly keepsAhead: boolean;
  /** Told after each change, first when every sheet's release in force is there. */
  readonly onChange: (decks: ReadonlyMap<number, Deck>) => void;
}

interface HeldIndex {
  readonly stamp: ReleaseStamp;
  readonly index: ReleaseIndex;
  readonly loadSeconds: number;
}

interface Failure {
  readonly stamp: ReleaseStamp;
  readonly error: Error;
  readonly retryAtMs: number;
}

interface Running {
  readonly wanted: WantedRelease;
  readonly abort: AbortController;
  progress: LoadProgress;
}

/** How much of what prices calls now is in memory. */
export interface LoadState {
  /** Sheets with a release in force, and those of them whose release is in memory. */
  readonly sheets: number;
  readonly ready: number;
  /** Of the release that is being read; null when none is. */
  readonly progress: LoadProgress | null;
}

/** After the database or the reading thread went away, and after a row that no deck may hold. */
const RETRY_PASSING_MS = 1000;
const RETRY_BROKEN_MS = 60_000;

/**
 * The decks of a node: which releases it needs, one index for each, and from these one deck for each
 * sheet. Indexes are read one after the other, the most urgent first; decks are put together from
 * what is there, so an activation or a roll-back of a release at hand needs no reading at all.
 */
export class RatesArea {
  readonly #options: RatesAreaOptions;
  readonly #indexes = new Map<number, HeldIndex>();
  readonly #failures = new Map<number, Failure>();
  readonly #decks: SheetDecks;
  #timeline: RateTimeline | null = null;
  #plan: RatePlan = { sheets: [], wanted: [] };
  #reads = 0;
  #running: Running | null = null;
  #retry: NodeJS.Timeout | null = null;
  #isPublished = false;
  #isStopped = false;
  #waiting: { resolve(): void; reject(error: Error): void }[] = [];

  constructor(options: RatesAreaOptions) {
    this.#options = options;
    this.#decks = new SheetDecks(options.log);
  }

  /**
   * Reads what is activated and begins to load what is missing; resolves when everything that prices
   * calls now or later is in force or was found to be unreadable. Rejects when the database is away.
   */
  async reload(): Promise<void> {
    await this.readTimeline();
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#tellWaiting();
    });
  }

  /** The same without waiting for releases that are not in memory. */
  async readTimeline(): Promise<void> {
    const { database, clock, keepsAhead } = this.#options;
    this.#reads += 1;
    const read = this.#reads;
    const since = keepsAhead ? new Date(clock.nowMs() - KEEP_AHEAD_MS) : null;
    const timeline = await loadRateTimeline(database.orm, since);
    // Of two reads that overlap the one that began later knows more.
    if (read !== this.#reads || this.#isStopped) return;
    this.#timeline = timeline;
    this.#apply();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#running?.abort.abort();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    await this.#options.loader.stop();
  }

  /** The index of a release that is in memory, drafts among them. */
  indexOf(releaseId: number): ReleaseIndex | null {
    return this.#indexes.get(releaseId)?.index ?? null;
  }

  get decks(): ReadonlyMap<number, Deck> {
    return this.#decks.current;
  }

  get state(): LoadState {
    const sheets = this.#plan.sheets.filter(({ inForce }) => inForce !== null);
    return {
      sheets: sheets.length,
      ready: sheets.filter(({ inForce }) => inForce !== null && this.#indexes.has(inForce)).length,
      progress: this.#running?.progress ?? null,
    };
  }

  /** Sheets of which a release that is needed cannot be read. */
  get unreadable(): readonly string[] {
    const ids = new Set([...this.#failures.values()].map(({ stamp }) => stamp.sheetId));
    return this.#plan.sheets.flatMap(({ sheet }) => (ids.has(sheet.id) ? [sheet.name] : []));
  }

  /** Bytes of all indexes in memory, those loaded ahead included. */
  get memoryBytes(): number {
    return [...this.#indexes.values()].reduce((sum, { index }) => sum + index.memoryBytes, 0);
  }

  /** How long the newest release of each sheet took to load. */
  get loadSeconds(): ReadonlyMap<number, number> {
    const held = [...this.#indexes.values()].sort((a, b) => a.stamp.id - b.stamp.id);
    return new Map(held.map(({ stamp, loadSeconds }) => [stamp.sheetId, loadSeconds]));
  }

  /** Everything that follows from the timeline, the clock and what is in memory. */
  #apply(): void {
    if (this.#timeline === null || this.#isStopped) return;
    const { clock, keepsAhead } = this.#options;
    this.#plan = planRates(this.#timeline, clock.nowMs(), keepsAhead);
    this.#forgetUnwanted();
    this.#publish();
    this.#loadNext();
    this.#tellWaiting();
  }

  #forgetUnwanted(): void {
    const wanted = new Map(this.#plan.wanted.map(({ stamp }) => [stamp.id, stamp]));
    for (const [id, held] of this.#indexes) {
      const stamp = wanted.get(id);
      if (stamp === undefined) this.#indexes.delete(id);
      else if (wasOnlyActivated(held.stamp, stamp)) this.#indexes.set(id, { ...held, stamp });
    }
    for (const [id, failure] of this.#failures) {
      const stamp = wanted.get(id);
      if (stamp === undefined || !isSameState(failure.stamp, stamp)) this.#failures.delete(id);
    }
  }

  #publish(): void {
    const lacksNone = this.#plan.wanted.every(
      ({ stamp, urgency }) =>
        urgency !== 'in_force' || this.#heldOf(stamp) !== null || this.#isGivenUp(stamp),
    );
    if (!this.#isPublished && !lacksNone) return;
    const atHand = new Map(
      this.#plan.wanted.map(({ stamp }) => [stamp.id, this.#heldOf(stamp)?.index ?? null]),
    );
    const isChanged = this.#decks.assemble(this.#plan.sheets, (id) => atHand.get(id) ?? null);
    if (!isChanged && this.#isPublished) return;
    this.#isPublished = true;
    this.#options.onChange(this.#decks.current);
  }

  #heldOf(stamp: ReleaseStamp): HeldIndex | null {
    const held = this.#indexes.get(stamp.id);
    return held !== undefined && isSameState(held.stamp, stamp) ? held : null;
  }

  /** Tried, and not for want of a database. */
  #isGivenUp(stamp: ReleaseStamp): boolean {
    const failure = this.#failures.get(stamp.id);
    return failure !== undefined && !isPassing(failure.error);
  }

  #loadNext(): void {
    const nowMs = performance.now();
    const missing = this.#plan.wanted.filter(
      ({ stamp }) =>
        this.#heldOf(stamp) === null && (this.#failures.get(stamp.id)?.retryAtMs ?? 0) <= nowMs,
    );
    const next = missing[0];
    const { wanted, abort } = this.#running ?? {};
    if (wanted !== undefined) {
      const now = missing.find(({ stamp }) => isSameRows(wanted.stamp, stamp));
      const mustYield = now?.urgency === 'ahead' && next?.urgency !== 'ahead';
      if (now === undefined || mustYield) abort?.abort();
      return;
    }
    if (next !== undefined) void this.#load(next);
    else if (this.#failures.size > 0) this.#retryLater();
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#apply();
    }, RETRY_PASSING_MS + 1).unref();
  }

  async #load(wanted: WantedRelease): Promise<void> {
    const { stamp } = wanted;
    const progress = { rowsRead: 0, rowsTotal: stamp.rowCount };
    const running: Running = { wanted, abort: new AbortController(), progress };
    this.#running = running;
    const startedMs = performance.now();
    try {
      const index = await this.#options.loader.load(stamp.id, {
        signal: running.abort.signal,
        onProgress: (reached) => {
          running.progress = reached;
        },
      });
      const loadSeconds = (performance.now() - startedMs) / 1000;
      this.#indexes.set(stamp.id, { stamp, index, loadSeconds });
      this.#failures.delete(stamp.id);
      const shown = { releaseId: stamp.id, sheetId: stamp.sheetId, rows: index.size };
      this.#options.log.info({ ...shown, seconds: loadSeconds.toFixed(2) }, 'rates loaded');
    } catch (error) {
      if (!running.abort.signal.aborted) this.#noteFailure(stamp, error);
    } finally {
      this.#running = null;
    }
    this.#apply();
  }

  #noteFailure(stamp: ReleaseStamp, thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const shown = { err: error, releaseId: stamp.id, sheetId: stamp.sheetId };
    if (isPassing(error)) this.#options.log.warn(shown, 'rates cannot be read now; last ones stay');
    else if (!this.#failures.has(stamp.id)) {
      this.#options.log.error(shown, 'rates cannot be loaded; last ones stay');
    }
    const delayMs = isPassing(error) ? RETRY_PASSING_MS : RETRY_BROKEN_MS;
    this.#failures.set(stamp.id, { stamp, error, retryAtMs: performance.now() + delayMs });
  }

  #tellWaiting(): void {
    const needed = this.#plan.wanted.filter(({ urgency }) => urgency !== 'ahead');
    const lacking = needed.filter(({ stamp }) => this.#heldOf(stamp) === null);
    if (lacking.some(({ stamp }) => !this.#failures.has(stamp.id))) return;
    const errors = lacking.map(({ stamp }) => this.#failures.get(stamp.id)?.error);
    const away = errors.find((error) => error !== undefined && isPassing(error));
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (away === undefined) resolve();
      else reject(away);
    }
  }
}

function isPassing(error: Error): boolean {
  return error instanceof DeckLoadError && error.isPassing;
}

function isSameState(first: ReleaseStamp, second: ReleaseStamp): boolean {
  return first.id === second.id && first.version === second.version && !hasOtherRows(first, second);
}

function isSameRows(before: ReleaseStamp, now: ReleaseStamp): boolean {
  return before.id === now.id && (isSameState(before, now) || wasOnlyActivated(before, now));
}

/**
 * Whether a draft became active and nothing else: each change of an imported draft counts its version
 * up, and so does the activation, which makes its rows immutable.
 */
function wasOnlyActivated(before: ReleaseStamp, now: ReleaseStamp): boolean {
  const isActivation = before.status === 'draft' && now.status === 'active';
  return isActivation && now.version === before.version + 1 && !hasOtherRows(before, now);
}

function hasOtherRows(first: ReleaseStamp, second: ReleaseStamp): boolean {
  return first.rowCount !== second.rowCount;
}
