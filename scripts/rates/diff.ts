import { once } from 'node:events';
import process from 'node:process';
import { chooseReleases } from '../../server/rates/diff/choose-releases.js';
import { diffCsv } from '../../server/rates/diff/diff-csv.js';
import { diffReleases } from '../../server/rates/diff/diff-releases.js';
import { DiffSummarizer } from '../../server/rates/diff/diff-summary.js';
import type { DiffBatch } from '../../server/rates/diff/types.js';
import { releaseId } from './arguments.js';
import { UsageError } from './command.js';
import type { Progress, RatesCommand } from './command.js';
import { showDiff } from './show-diff.js';

export const diffCommand: RatesCommand = {
  name: 'diff',
  summary: 'Compare two releases',
  usage: `Usage: npm run rates -- diff [OLD] NEW [--json | --csv]
Compares two releases, by their ids; without OLD a draft with what it takes the place of. --csv writes
every difference to standard output.`,
  options: { csv: { type: 'boolean', default: false } },
  async run({ values, positionals, context }) {
    if (positionals.length < 1 || positionals.length > 2) {
      throw new UsageError(`found ${positionals.length} arguments, expected one or two releases`);
    }
    const newId = releaseId(positionals.at(-1));
    const oldId = positionals.length === 2 ? releaseId(positionals[0]) : undefined;
    const db = context.database.orm;
    const chosen = await chooseReleases(db, newId, oldId, context.clock.nowMs());
    const { release, against, sheet } = chosen;
    const progress = context.progress(release.rowCount + (against?.rowCount ?? 0), 'rows');
    const batches = counted(
      diffReleases(db, { oldId: against?.id ?? null, newId, pageRows: 10_000 }),
      progress,
    );
    try {
      if (values['csv'] === true) {
        await writeAll(diffCsv(batches, sheet));
        return 0;
      }
      const summarizer = new DiffSummarizer();
      for await (const batch of batches) summarizer.add(batch);
      progress.stop();
      const diff = summarizer.summary();
      const againstId = against?.id ?? null;
      context.json({ release_id: newId, against_id: againstId, currency: sheet.currency, diff });
      context.say(`${sheet.name} (${sheet.currency}): ${nameOf(against)} to ${nameOf(release)}`);
      showDiff(context, diff);
      return 0;
    } finally {
      progress.stop();
    }
  },
};

function nameOf(release: { readonly id: number; readonly number: number } | null): string {
  return release === null ? 'no release' : `release ${release.number} (id ${release.id})`;
}

async function* counted(
  batches: AsyncIterable<DiffBatch>,
  progress: Progress,
): AsyncGenerator<DiffBatch, void> {
  let rows = 0;
  for await (const batch of batches) {
    yield batch;
    rows += batch.rows;
    progress.update(rows);
  }
}

async function writeAll(pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}
