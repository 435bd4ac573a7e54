import type { RouteTest } from '../../server/what-if/types.js';
import { alignedTable } from './tables.js';

/** Packages and free minutes, in the order in which they are used. */
export function inclusiveLines({ inclusive, question }: RouteTest): readonly string[] {
  if (inclusive.length === 0) return [];
  const seconds = String(question.durationS);
  const rows = inclusive.map(({ of, id, until, totalS, freeS, incrementS, usesS }) => [
    of === 'package' ? `package, assignment ${String(id)}` : 'free minutes of the number',
    `${String(freeS)} of ${String(totalS)} s`,
    `${String(incrementS)} s`,
    `${String(usesS)} s`,
    until,
  ]);
  const head = ['Inclusive time', 'left', 'steps of', `${seconds} s use`, 'until'];
  return ['', ...alignedTable([head, ...rows], new Set([1, 2, 3]))];
}

/** What guards found, and what they let be spent today. */
export function guardLines({ guards }: RouteTest): readonly string[] {
  if (guards.length === 0) return [];
  const rows = guards.map(({ accountId, rule, outcome, detail }) => [
    `account ${String(accountId)}`,
    rule,
    outcome,
    Object.entries(detail)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  ]);
  return ['', ...alignedTable([['Guards', 'rule', 'outcome', ''], ...rows])];
}

/** Of who calls, is called or pays; those of carriers stand beside them. */
export function limitLines({ limits }: RouteTest): readonly string[] {
  if (limits.length === 0) return [];
  const rows = limits.map(({ resource, resourceId, open, channels, lastSecond, perSecond }) => [
    `${resource} ${String(resourceId)}`,
    channels === null ? '' : `${String(open)} of ${String(channels)}`,
    perSecond === null ? '' : `${String(lastSecond)} of ${String(perSecond)}`,
  ]);
  const head = ['Limits on calls', 'at once', 'in a second'];
  return ['', ...alignedTable([head, ...rows], new Set([1, 2]))];
}
