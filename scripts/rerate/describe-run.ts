import { snakeKeys } from '../../server/admin/case.js';
import type { ReratingRow } from '../../db/repositories/reratings.js';
import { Decimal } from '../../rating/money.js';
import { scopeOf } from '../../server/rates/rerate/rerate-batch.js';
import { readTotals, sumByRole } from '../../server/rates/rerate/totals.js';

/** A run as lines for people. */
export function describeRun(run: ReratingRow, form: 'line' | 'full'): string {
  const { id, mode, status, legsSeen, legsTotal, legsChanged, legsSkipped } = run;
  const { fromUs, toUs } = scopeOf(run);
  const done = `${String(legsSeen)} of ${String(legsTotal)} legs`;
  const found = `${String(legsChanged)} changed, ${String(legsSkipped)} skipped`;
  const line = `${id}  ${mode} ${dayOf(fromUs)} to ${dayOf(toUs)}  ${status}: ${done}, ${found}`;
  return form === 'line' ? line : [line, ...details(run)].join('\n');
}

const ROLES = { payer: 'payers   ', extension: 'own money', carrier: 'carriers ' } as const;

function details(run: ReratingRow): readonly string[] {
  const totals = readTotals(run.totals);
  const sums = sumByRole(totals).map(({ role, currency, oldAmount, newAmount, changed }) => {
    const difference = new Decimal(newAmount).minus(oldAmount);
    const sign = difference.isNegative() ? '' : '+';
    const amounts = `${oldAmount} to ${newAmount} ${currency} (${sign}${difference.toFixed(6)})`;
    return `  ${ROLES[role]}  ${amounts}, ${String(changed)} changed`;
  });
  const skipped = Object.entries(totals.skipped).map(
    ([reason, count]) => `  skipped    ${String(count)} legs: ${reason}`,
  );
  const legs = totals.skippedLegs.map(({ legUuid, reason }) => `             ${legUuid} ${reason}`);
  const error = run.error === null ? [] : [`  error      ${run.error}`];
  return [...sums, ...skipped, ...legs, ...error];
}

/** The same for `--json`. */
export function runAsJson(run: ReratingRow): unknown {
  const { totals: stored, scope: _, owner: __, leaseUntil: ___, ...shown } = run;
  const { fromUs, toUs, accountId, sheetId, carrierId } = scopeOf(run);
  const totals = readTotals(stored);
  return snakeKeys({
    ...shown,
    scope: { from: dayOf(fromUs), to: dayOf(toUs), accountId, sheetId, carrierId },
    totals: sumByRole(totals),
    parties: totals.parties,
    skipped: totals.skipped,
    skippedLegs: totals.skippedLegs,
  });
}

function dayOf(us: number): string {
  return new Date(us / 1000).toISOString();
}
