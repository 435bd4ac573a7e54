import { z } from 'zod';
import { queuePreview } from '../../../db/repositories/previews.js';
import { chooseReleases } from '../../rates/diff/choose-releases.js';
import type { ChosenReleases } from '../../rates/diff/choose-releases.js';
import { diffCsv } from '../../rates/diff/diff-csv.js';
import { diffReleases } from '../../rates/diff/diff-releases.js';
import { DiffSummarizer } from '../../rates/diff/diff-summary.js';
import { showPreview } from '../../rates/preview/show-preview.js';
import type { ApiDeps } from '../deps.js';
import { idParams, queryId } from '../listing.js';
import { defineOperation } from '../operation.js';
import { present } from '../present.js';
import { shownAmount, shownCurrency } from '../shown.js';

const TAG = 'Rates';

const difference = z
  .object({
    kind: z.enum(['added', 'removed', 'raised', 'lowered', 'changed']),
    prefix: z.string(),
    destination: z.string(),
    priority: z.int(),
    old_price: shownAmount()
      .nullable()
      .meta({ description: 'Per minute of talk over calls of 7, 50 and 183 s, fees included.' }),
    new_price: shownAmount().nullable(),
    difference: shownAmount().nullable(),
    percent: z.string().nullable().meta({ description: 'Null where it cost nothing before.' }),
    old_rate: shownAmount().nullable(),
    new_rate: shownAmount().nullable(),
    fields: z.array(z.string()).meta({ description: 'The terms that differ.' }),
    begins: z.iso.datetime().nullable().meta({ description: 'Null: with the release.' }),
  })
  .meta({ id: 'RateDifference' });

const diffSummary = z
  .object({
    counts: z.object({
      added: z.int(),
      removed: z.int(),
      raised: z.int(),
      lowered: z.int(),
      changed: z.int(),
      unchanged: z.int(),
      renamed: z.int().meta({ description: 'Unchanged but for the name of the destination.' }),
    }),
    fields: z.record(z.string(), z.int()).meta({ description: 'Rows in which each term differs.' }),
    increases_by_percent: z.array(difference),
    increases_by_amount: z.array(difference),
    decreases_by_percent: z.array(difference),
    decreases_by_amount: z.array(difference),
  })
  .meta({ id: 'DiffSummary' });

const comparison = z
  .object({
    release_id: z.int(),
    against_id: z.int().nullable().meta({ description: 'Null: the sheet had no prices.' }),
    currency: shownCurrency(),
    diff: diffSummary,
  })
  .meta({ id: 'ReleaseComparison' });

const diffQuery = z.strictObject({
  against: queryId()
    .optional()
    .meta({
      description:
        'The release to compare with. Unset, what the release takes the place of: for a draft the ' +
        'one in force when it would begin, for an active one the one before it.',
    }),
});

const DIFF_TEXT =
  'A row is raised or lowered by what calls cost: the price per minute over three reference calls ' +
  '(7, 50 and 183 s) with fees and increments, before tax.';

function choose(
  deps: ApiDeps,
  releaseId: number,
  againstId: number | undefined,
): Promise<ChosenReleases> {
  return chooseReleases(deps.database.orm, releaseId, againstId, deps.clock.nowMs());
}

const readDiff = defineOperation({
  id: 'diffRelease',
  method: 'get',
  path: '/releases/{id}/diff',
  tag: TAG,
  summary: 'Compare a release with another one',
  description: `${DIFF_TEXT} Takes some seconds for a million rows; \`diff.csv\` has every row.`,
  scope: 'config:read',
  params: idParams,
  query: diffQuery,
  response: comparison,
  async handle({ deps, params, query }) {
    const { release, against, sheet } = await choose(deps, params.id, query.against);
    const summarizer = new DiffSummarizer();
    const releases = { oldId: against?.id ?? null, newId: release.id };
    for await (const batch of diffReleases(deps.database.orm, { ...releases, pageRows: 1000 })) {
      summarizer.add(batch);
    }
    return {
      body: {
        release_id: release.id,
        against_id: releases.oldId,
        currency: sheet.currency,
        diff: summarizer.summary(),
      },
    };
  },
});

const downloadDiff = defineOperation({
  id: 'downloadReleaseDiff',
  method: 'get',
  path: '/releases/{id}/diff.csv',
  tag: TAG,
  summary: 'Download every difference to another release',
  description: DIFF_TEXT,
  scope: 'config:read',
  params: idParams,
  query: diffQuery,
  download: ['text/csv'],
  async handle({ deps, params, query }) {
    const { release, against, sheet } = await choose(deps, params.id, query.against);
    const releases = { oldId: against?.id ?? null, newId: release.id };
    const batches = diffReleases(deps.database.orm, { ...releases, pageRows: 1000 });
    return {
      download: {
        content: diffCsv(batches, sheet),
        contentType: 'text/csv; charset=utf-8',
        fileName: `${sheet.name} release ${release.number} differences.csv`,
      },
    };
  },
});

const preview = z
  .object({
    release_id: z.int(),
    status: z.enum(['queued', 'running', 'done', 'failed']),
    is_stale: z.boolean().meta({ description: 'Rows, terms or activations changed since.' }),
    progress: z.int().meta({ description: 'Percent.' }),
    summary: z
      .looseObject({})
      .nullable()
      .meta({ description: 'Differences, rejected lines and warnings; null until it is done.' }),
    impact: z
      .looseObject({})
      .nullable()
      .meta({ description: 'What the calls of the last 30 days would have cost by it.' }),
    error: z.string().nullable(),
    started_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ReleasePreview' });

const askForPreview = defineOperation({
  id: 'previewRelease',
  method: 'post',
  path: '/releases/{id}/preview',
  tag: TAG,
  summary: 'Have a preview of a draft made',
  description: 'In the background; read it at the same path. Asking again begins anew.',
  scope: 'rates:write',
  params: idParams,
  status: 202,
  response: preview,
  async handle({ deps, params }) {
    await choose(deps, params.id, undefined);
    await queuePreview(deps.database.orm, params.id);
    deps.pokeJobs?.();
    return { status: 202, body: present(preview, await showPreview(deps.database.orm, params.id)) };
  },
});

const readPreview = defineOperation({
  id: 'getReleasePreview',
  method: 'get',
  path: '/releases/{id}/preview',
  tag: TAG,
  summary: 'Read the preview of a release',
  scope: 'config:read',
  params: idParams,
  response: preview,
  async handle({ deps, params }) {
    return { body: present(preview, await showPreview(deps.database.orm, params.id)) };
  },
});

export const releasePreviewOperations = [readDiff, downloadDiff, askForPreview, readPreview];
