import type { FrozenRate, RateRow } from '../deck/types.js';
import type { RowStep, StepWindow } from './steps.js';

/** The first step of every explanation: which row of which release gives the price, and why then. */
export function rowStep(rate: FrozenRate): RowStep {
  const { terms, row, jurisdiction } = rate;
  const window = windowOf(row, terms.timeZone);
  const step: RowStep = {
    kind: 'row',
    sheetName: terms.sheetName,
    currency: terms.currency,
    rowId: row.id,
    releaseId: row.releaseId,
    prefix: row.prefix,
    destination: row.destination,
  };
  const isDated = row.effectiveFrom !== null || row.effectiveTo !== null;
  // Most rows have none of these, and spreading nothing costs as much as spreading something.
  if (!isDated && window === null && jurisdiction === undefined) return step;
  return {
    ...step,
    ...(row.effectiveFrom === null ? {} : { effectiveFrom: row.effectiveFrom }),
    ...(row.effectiveTo === null ? {} : { effectiveTo: row.effectiveTo }),
    ...(window === null ? {} : { window }),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
  };
}

function windowOf(row: RateRow, timeZone: string): StepWindow | null {
  const { timeFrom, timeTo } = row;
  const days = row.days?.length ? row.days : undefined;
  const dates = row.dates?.length ? row.dates : undefined;
  if (days === undefined && dates === undefined && timeFrom === undefined && timeTo === undefined) {
    return null;
  }
  return {
    timeZone,
    ...(days === undefined ? {} : { days }),
    ...(dates === undefined ? {} : { dates }),
    ...(timeFrom === undefined ? {} : { timeFrom }),
    ...(timeTo === undefined ? {} : { timeTo }),
  };
}
