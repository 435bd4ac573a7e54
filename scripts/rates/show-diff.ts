import type { DiffSummary, ShownDifference } from '../../server/rates/diff/diff-summary.js';
import type { RatesContext } from './command.js';
import { textTable } from './text-table.js';

/** Counts and the greatest changes, for people. */
export function showDiff(context: RatesContext, diff: DiffSummary): void {
  const { counts } = diff;
  context.say(
    `${counts.added} new, ${counts.removed} removed, ${counts.raised} raised, ` +
      `${counts.lowered} lowered, ${counts.changed} changed otherwise, ` +
      `${counts.unchanged} unchanged (${counts.renamed} of them renamed)`,
  );
  showChanges(context, 'Greatest increases', diff.increases_by_percent);
  showChanges(context, 'Greatest decreases', diff.decreases_by_percent);
}

export function showChanges(
  context: RatesContext,
  title: string,
  changes: readonly ShownDifference[],
): void {
  if (changes.length === 0) return;
  context.say(`\n${title} (per minute over calls of 7, 50 and 183 s):`);
  const head = ['prefix', 'destination', 'old', 'new', 'difference', 'percent', 'terms'];
  const rows = changes.map((change) => [
    change.prefix === '' ? '(all)' : change.prefix,
    change.destination.slice(0, 40),
    change.old_price ?? '',
    change.new_price ?? '',
    change.difference ?? '',
    change.percent === null ? '' : `${change.percent}%`,
    change.fields.join(' '),
  ]);
  for (const line of textTable(head, rows)) context.say(`  ${line}`);
}
