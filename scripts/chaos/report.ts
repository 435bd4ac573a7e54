import type { CourierCounts } from './cdr-courier.js';
import type { Problem } from './checks/evidence.js';
import type { Overspend } from './checks/limits.js';

export interface ChaosReport {
  readonly seed: number;
  readonly folder: string;
  readonly startedMs: number;
  readonly placed: string;
  readonly outcomes: string;
  readonly injected: string;
  /** All legs there were, answered ones that cost somebody money, and those that died with their switch. */
  readonly legs: number;
  readonly billable: number;
  readonly died: number;
  readonly cut: number;
  readonly talkS: number;
  /** By which report the answered carrier legs were settled. */
  readonly sources: string;
  readonly records: readonly (CourierCounts & {
    readonly name: string;
    readonly eventsLost: number;
  })[];
  readonly overspends: readonly Overspend[];
  /** How much of the inclusive seconds was used. */
  readonly inclusive: readonly string[];
  /** How long the engine needed until nothing was open, in seconds. */
  readonly quietS: number;
  readonly problems: readonly Problem[];
  readonly stories: readonly string[];
}

const MOST_PROBLEMS = 20;

export function reportLines(report: ChaosReport): readonly string[] {
  const { problems, stories, records, overspends } = report;
  const elapsedS = Math.round((Date.now() - report.startedMs) / 1000);
  return [
    `calls      ${report.placed}`,
    `outcomes   ${report.outcomes}`,
    `broken     ${report.injected}`,
    ...records.map(
      ({ name, filed, delayed, unanswered, repeated, eventsLost }) =>
        `${name.padEnd(11)}${String(eventsLost)} event deliveries lost; records: ${String(delayed)} late, ` +
        `${String(unanswered)} unanswered, ${String(filed)} filed, ${String(repeated)} repeated`,
    ),
    `legs       ${String(report.legs)}, of them ${String(report.billable)} answered and paid for ` +
      `(${String(report.talkS)} s of talk, ${String(report.cut)} cut at their limit, ` +
      `${String(report.died)} died with their switch)`,
    `settled by ${report.sources}; nothing open after ${String(report.quietS)} s`,
    overspends.length === 0
      ? 'limits     nobody was below a limit at any time'
      : `limits     ${overspends.map(({ who, byAmount }) => `${who} by ${byAmount}`).join(', ')}`,
    `inclusive  ${report.inclusive.join(', ')}`,
    ...problems.slice(0, MOST_PROBLEMS).map(({ check, what }) => `PROBLEM    ${check}: ${what}`),
    ...(problems.length > MOST_PROBLEMS
      ? [`           and ${String(problems.length - MOST_PROBLEMS)} more`]
      : []),
    ...stories,
    problems.length === 0
      ? `chaos ended clean: seed ${String(report.seed)}, ${String(elapsedS)} s`
      : `chaos FAILED: seed ${String(report.seed)}, ${String(problems.length)} problems, ${String(elapsedS)} s`,
  ];
}

/** `busy 3, answered 12`; `none` where there is nothing. */
export function countWords(counts: ReadonlyMap<string, number>): string {
  const words = [...counts].map(([name, count]) => `${name} ${String(count)}`);
  return words.length === 0 ? 'none' : words.join(', ');
}
