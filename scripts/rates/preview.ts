import process from 'node:process';
import type { Impact, PartyImpact } from '../../server/rates/impact/types.js';
import { IMPACT_DAYS, runPreview } from '../../server/rates/preview/run-preview.js';
import type { PreviewWarning } from '../../server/rates/preview/types.js';
import { releaseId, takePositionals } from './arguments.js';
import type { RatesCommand, RatesContext } from './command.js';
import { showDiff } from './show-diff.js';
import { textTable } from './text-table.js';

export const previewCommand: RatesCommand = {
  name: 'preview',
  summary: 'Say what a draft would change, and what calls would have cost',
  usage: `Usage: npm run rates -- preview RELEASE [--json]
Compares a draft with what it takes the place of, prices the calls of the last ${IMPACT_DAYS} days by it,
and keeps the result for 'activate' and the API.`,
  options: {},
  async run({ positionals, context }) {
    const [text] = takePositionals(positionals, ['RELEASE']);
    const progress = context.progress(100, '%');
    const deps = {
      database: context.database,
      clock: context.clock,
      signal: context.signal,
      owner: `cli-${process.pid}`,
    };
    const { summary, impact } = await runPreview(deps, releaseId(text), (percent) => {
      progress.update(percent);
    }).finally(() => {
      progress.stop();
    });
    context.json({ summary, impact });
    const { release, against } = summary;
    const before = against === null ? 'no release' : `release ${against.number}`;
    context.say(
      `Release ${release.number}, ${release.rows} rows, in place of ${before} from ` +
        `${release.begins} on (${summary.currency})`,
    );
    showDiff(context, summary.diff);
    if (summary.rejected.count > 0) context.say(`\n${summary.rejected.count} lines were rejected.`);
    for (const warning of summary.warnings) showWarning(context, warning);
    showImpact(context, impact);
    return 0;
  },
};

const WARNINGS: Readonly<Record<PreviewWarning['code'], string>> = {
  early_increase: 'increases begin sooner than clients are promised to hear of them',
  large_increase: 'increases above 50 %',
  used_prefix_removed: 'prefixes that had calls have no row any more',
  free_destination: 'destinations cost nothing',
  below_cost: 'destinations are cheaper than the cheapest carrier',
};

function showWarning(context: RatesContext, warning: PreviewWarning): void {
  context.say(`\nwarning: ${warning.count} ${WARNINGS[warning.code]}, such as`);
  for (const { prefix, destination } of warning.examples) {
    context.say(`  ${prefix === '' ? '(all)' : prefix}  ${destination}`);
  }
}

function showImpact(context: RatesContext, impact: Impact): void {
  const { total } = impact;
  if (total.calls + total.calls_without_rate === 0) {
    context.say(`\nNo calls in the last ${IMPACT_DAYS} days were charged by this sheet.`);
    return;
  }
  context.say(`\nCalls of the last ${IMPACT_DAYS} days, as they were charged and by the draft:`);
  showParties(context, 'account', impact.by_account, impact);
  showParties(context, 'carrier', impact.by_carrier, impact);
}

function showParties(
  context: RatesContext,
  title: string,
  parties: readonly PartyImpact[],
  { total }: Impact,
): void {
  const head = [title, 'calls', 'old', 'new', 'difference', 'without rate', 'margin', 'new margin'];
  const rows = [...parties, { ...total, code: 'all' }].map((party) => [
    party.code,
    String(party.calls),
    party.old_amount,
    party.new_amount,
    party.difference,
    String(party.calls_without_rate),
    party.old_margin,
    party.new_margin,
  ]);
  for (const line of textTable(head, rows)) context.say(`  ${line}`);
  context.say('');
}
