import type { Database } from '../../../db/client.js';
import {
  isClientSheet,
  missingPrefixesWithCalls,
  rejectedByCode,
  rowsWithoutPrice,
} from '../../../db/repositories/preview-facts.js';
import {
  claimPreview,
  previewFingerprint,
  releasePreview,
  savePreview,
} from '../../../db/repositories/previews.js';
import type { PreviewClaim } from '../../../db/repositories/previews.js';
import { loadExchangeRates } from '../../../db/repositories/snapshot.js';
import type { ExchangeRates } from '../../../rating/exchange/exchange-rates.js';
import type { ReleaseIndex } from '../../../rating/deck/release-index.js';
import type { Clock } from '../../clock.js';
import { Refusal } from '../../admin/refusal.js';
import { buildCurrencies } from '../../snapshot/build-areas.js';
import { loadReleaseIndex } from '../../snapshot/load-release.js';
import { termsOf } from '../../snapshot/sheet-terms.js';
import { chooseReleases } from '../diff/choose-releases.js';
import type { ChosenReleases } from '../diff/choose-releases.js';
import { diffReleases } from '../diff/diff-releases.js';
import { DiffSummarizer } from '../diff/diff-summary.js';
import { impactDeck } from '../impact/impact-deck.js';
import { measureImpact } from '../impact/measure-impact.js';
import type { Impact } from '../impact/types.js';
import { belowCostWarning } from './below-cost.js';
import { IncreaseWarnings, MAX_EXAMPLES } from './increase-warnings.js';
import type { PreviewSummary, PreviewWarning } from './types.js';

const DAY_MS = 86_400_000;
/** Calls of this many days are priced by the draft. */
export const IMPACT_DAYS = 30;
const MAX_USED_PREFIXES = 1000;

export interface PreviewDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Preview {
  readonly summary: PreviewSummary;
  readonly impact: Impact;
}

/** Percent, 0 to 100. */
export type PreviewProgress = (percent: number) => void;

/** Thrown inside a preview that nobody waits for any more: it was asked for anew, or the node stops. */
class Unwanted extends Error {}

/**
 * Makes the preview of a release and keeps it, whatever state an earlier one is in.
 * @throws Refusal for a release that is not there or still being imported.
 */
export async function runPreview(
  deps: PreviewDeps & { readonly owner: string },
  releaseId: number,
  onProgress: PreviewProgress = () => undefined,
): Promise<Preview> {
  const { orm } = deps.database;
  await chooseReleases(orm, releaseId, undefined, deps.clock.nowMs());
  const claim = { releaseId, owner: deps.owner };
  await claimPreview(orm, claim);
  const preview = await workOnPreview(deps, claim, onProgress);
  if (preview === null)
    throw new Error(`preview of release ${releaseId}: was taken over or stopped`);
  return preview;
}

/** Makes a preview that was claimed; null where it was taken away or has to wait for another node. */
export async function workOnPreview(
  deps: PreviewDeps,
  claim: PreviewClaim,
  onProgress: PreviewProgress = () => undefined,
): Promise<Preview | null> {
  const { orm } = deps.database;
  try {
    const fingerprint = await previewFingerprint(orm, claim.releaseId);
    const work = new PreviewWork(deps, claim, onProgress);
    const preview = await work.run();
    const kept = await savePreview(orm, claim, {
      ...preview,
      againstReleaseId: preview.summary.against?.id ?? null,
      fingerprint: fingerprint ?? '',
      status: 'done',
      progress: 100,
      finishedAt: new Date(deps.clock.nowMs()),
    });
    return kept ? preview : null;
  } catch (error) {
    if (error instanceof Unwanted) {
      await releasePreview(orm, claim);
      return null;
    }
    await savePreview(orm, claim, {
      status: 'failed',
      error: messageOf(error).slice(0, 500),
      finishedAt: new Date(deps.clock.nowMs()),
    });
    throw error;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Refusal) return error.detail;
  return error instanceof Error ? error.message : String(error);
}

class PreviewWork {
  private percent = 0;
  private savedAtMs = 0;

  constructor(
    private readonly deps: PreviewDeps,
    private readonly claim: PreviewClaim,
    private readonly onProgress: PreviewProgress,
  ) {}

  async run(): Promise<Preview> {
    const { database, clock } = this.deps;
    const { orm } = database;
    const nowMs = clock.nowMs();
    const chosen = await chooseReleases(orm, this.claim.releaseId, undefined, nowMs);
    const { release, against, sheet } = chosen;
    const beginMs = Math.max(release.effectiveFrom.getTime(), nowMs);
    const isClient = await isClientSheet(orm, sheet.id);
    const rule = { isClientSheet: isClient, noticeDays: sheet.noticeDays, beginMs, nowMs };
    const increases = new IncreaseWarnings(rule);
    const diff = await this.diff(chosen, increases);
    const index = await loadReleaseIndex(database, release.id);
    const rates = buildCurrencies(await loadExchangeRates(orm));
    const belowCost = isClient
      ? await belowCostWarning(database, {
          index,
          currency: sheet.currency,
          beginMs,
          nowMs,
          rates,
          onProgress: (share) => this.tell(40 + share * 20),
        })
      : null;
    const sinceMs = nowMs - IMPACT_DAYS * DAY_MS;
    const others = await this.rowWarnings(chosen, sinceMs);
    const warnings = [...increases.warnings(), ...others, ...(belowCost ? [belowCost] : [])];
    const byCode = release.importId === null ? [] : await rejectedByCode(orm, release.importId);
    const summary: PreviewSummary = {
      release: {
        id: release.id,
        number: release.number,
        rows: release.rowCount,
        begins: new Date(beginMs).toISOString(),
      },
      against: against && { id: against.id, number: against.number },
      currency: sheet.currency,
      is_client_sheet: isClient,
      diff,
      rejected: { count: release.rejectedCount, by_code: Object.fromEntries(byCode) },
      warnings,
    };
    return {
      summary,
      impact: await this.impact(chosen, index, rates, { sinceMs, nowMs, beginMs }),
    };
  }

  private async diff({ release, against }: ChosenReleases, increases: IncreaseWarnings) {
    const { orm } = this.deps.database;
    const summarizer = new DiffSummarizer();
    const total = Math.max(1, release.rowCount + (against?.rowCount ?? 0));
    let rows = 0;
    const releases = { oldId: against?.id ?? null, newId: release.id };
    for await (const batch of diffReleases(orm, releases)) {
      summarizer.add(batch);
      increases.add(batch);
      rows += batch.rows;
      await this.tell(40 * Math.min(1, rows / total));
    }
    return summarizer.summary();
  }

  private async rowWarnings(
    { release, sheet }: ChosenReleases,
    sinceMs: number,
  ): Promise<readonly PreviewWarning[]> {
    const { orm } = this.deps.database;
    const warnings: PreviewWarning[] = [];
    const sinceUs = sinceMs * 1000;
    const used = await missingPrefixesWithCalls(
      orm,
      release.id,
      sheet.id,
      sinceUs,
      MAX_USED_PREFIXES,
    );
    if (used.length > 0) {
      const examples = used.slice(0, MAX_EXAMPLES);
      warnings.push({ code: 'used_prefix_removed', count: used.length, examples });
    }
    const free = await rowsWithoutPrice(orm, release.id, MAX_EXAMPLES);
    if (free.count > 0) warnings.push({ code: 'free_destination', ...free });
    return warnings;
  }

  private impact(
    { sheet }: ChosenReleases,
    index: ReleaseIndex,
    rates: ExchangeRates,
    at: { readonly sinceMs: number; readonly nowMs: number; readonly beginMs: number },
  ): Promise<Impact> {
    const period = { fromMs: at.sinceMs, beginMs: at.beginMs };
    return measureImpact(
      this.deps.database.orm,
      { sheetId: sheet.id, currency: sheet.currency, fromMs: at.sinceMs, toMs: at.nowMs },
      {
        deck: impactDeck(termsOf(sheet), index, period),
        rates,
        onProgress: (share) => this.tell(60 + share * 39),
      },
    );
  }

  /** Renews the lease now and then; @throws Unwanted when the work is. */
  private async tell(percent: number): Promise<void> {
    if (this.deps.signal.aborted) throw new Unwanted();
    const nowMs = this.deps.clock.nowMs();
    this.percent = Math.max(this.percent, Math.floor(percent));
    this.onProgress(this.percent);
    if (nowMs - this.savedAtMs < 1000) return;
    this.savedAtMs = nowMs;
    const values = { progress: this.percent };
    if (!(await savePreview(this.deps.database.orm, this.claim, values))) throw new Unwanted();
  }
}
