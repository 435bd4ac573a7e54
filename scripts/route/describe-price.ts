import type { RatingStep } from '../../rating/call/steps.js';

/** One line per step of a price, amounts as they were computed. */
export function describeStep(step: RatingStep): string {
  switch (step.kind) {
    case 'row':
      return `row ${String(step.rowId)} of ${step.sheetName}, prefix ${step.prefix || '(any)'} ${step.destination}${windowText(step)}`;
    case 'duration':
      return `${String(step.seconds)} s of talk (${String(step.durationUs)} µs, rounded ${step.rounding})`;
    case 'included':
      return `covered by inclusive time: ${String(step.fromS)} s → ${String(step.toS)} s`;
    case 'grace':
      return `free: ${String(step.seconds)} s are within the grace of ${String(step.graceS)} s`;
    case 'min_duration':
      return `charged as the minimum of ${String(step.toS)} s instead of ${String(step.fromS)} s`;
    case 'free_seconds':
      return `free seconds taken off: ${String(step.fromS)} s → ${String(step.toS)} s`;
    case 'connect_fee':
      return `connection fee ${step.amount}`;
    case 'block':
      return `${blockName(step)} ${String(step.seconds)} s in steps of ${String(step.incrementS)} s at ${step.ratePerMinute}/min = ${step.amount}`;
    case 'min_cost':
    case 'max_cost':
      return `${step.kind === 'min_cost' ? 'raised to the minimum' : 'cut to the maximum'} ${step.amount} from ${step.before}`;
    case 'tax':
      return `tax of ${step.percent} %, ${step.mode === 'included' ? 'contained' : 'added'}: ${step.amount}`;
    case 'rounding':
      return `rounded ${step.mode} to ${String(step.decimals)} decimals: ${step.before} → ${step.amount}`;
  }
}

function blockName(step: Extract<RatingStep, { kind: 'block' }>): string {
  const slot = step.slotRowId === undefined ? '' : ` (row ${String(step.slotRowId)})`;
  switch (step.part) {
    case 'initial':
      return `first block${slot}:`;
    case 'increments':
      return `then${slot}:`;
    case 'tier':
      return `tier from ${String(step.tierStartS ?? 0)} s${slot}:`;
  }
}

/** When the row holds, where it does not always. */
function windowText({ window }: Extract<RatingStep, { kind: 'row' }>): string {
  if (window === undefined) return '';
  const { timeZone, days = [], dates = [], timeFrom, timeTo } = window;
  const parts = [
    ...(days.length === 0 ? [] : [`weekdays ${days.join(',')}`]),
    ...(dates.length === 0 ? [] : [dates.join(',')]),
    ...(timeFrom === undefined && timeTo === undefined
      ? []
      : [`${timeFrom ?? '00:00:00'}-${timeTo ?? '24:00:00'}`]),
  ];
  return `, holds ${parts.join(' ')} ${timeZone}`;
}
