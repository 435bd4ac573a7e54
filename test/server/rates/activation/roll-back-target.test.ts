import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { ActivationEntry } from '../../../../db/repositories/activations.js';
import { rollBackTarget } from '../../../../server/rates/activation/roll-back-target.js';
import type { RollBackWish } from '../../../../server/rates/activation/roll-back-target.js';

/** `[release, instant, kind]` in the order in which they were made. */
type Line = readonly [number | null, number, ('activation' | 'rollback')?];

function entries(lines: readonly Line[]): readonly ActivationEntry[] {
  return lines.map(([releaseId, effectiveFromMs, kind = 'activation'], index) => ({
    sheetId: 1,
    number: index + 1,
    releaseId,
    kind,
    effectiveFromMs,
    actor: 'test',
    createdAtMs: 0,
  }));
}

interface Case {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly nowMs: number;
  readonly wish?: RollBackWish;
  /** `release -> replacement @ instant`, or the code of the problem. */
  readonly expected: string;
}

const cases: readonly Case[] = [
  {
    title: 'puts the release before in force from now on',
    lines: [
      [1, 10],
      [2, 20],
    ],
    nowMs: 50,
    expected: '2 -> 1 @ 50',
  },
  {
    title: 'goes two back when it is done twice, and not forth again',
    lines: [
      [1, 10],
      [2, 20],
      [3, 30],
      [2, 40, 'rollback'],
    ],
    nowMs: 50,
    expected: '2 -> 1 @ 50',
  },
  {
    title: 'leaves nothing where the first release goes',
    lines: [
      [1, 10],
      [2, 20],
      [1, 30, 'rollback'],
    ],
    nowMs: 50,
    expected: '1 -> null @ 50',
  },
  {
    title: 'goes back to what was in force, not to what was rolled back before',
    lines: [
      [1, 10],
      [2, 20],
      [1, 30, 'rollback'],
      [3, 40],
    ],
    nowMs: 50,
    expected: '3 -> 1 @ 50',
  },
  {
    title: 'goes back to nothing where a release was rolled back to nothing',
    lines: [
      [1, 10],
      [null, 20, 'rollback'],
      [2, 30],
    ],
    nowMs: 50,
    expected: '2 -> null @ 50',
  },
  {
    title: 'takes the earlier of two that were activated at one instant',
    lines: [
      [1, 10],
      [2, 10],
    ],
    nowMs: 50,
    expected: '2 -> 1 @ 50',
  },
  {
    title: 'goes back to a release that was back-dated between two others',
    lines: [
      [1, 10],
      [3, 30],
      [2, 20],
    ],
    nowMs: 50,
    expected: '3 -> 2 @ 50',
  },
  {
    title: 'takes back one that is still to begin, at its own instant',
    lines: [
      [1, 10],
      [2, 90],
    ],
    nowMs: 50,
    wish: { releaseId: 2 },
    expected: '2 -> 1 @ 90',
  },
  {
    title: 'leaves one that is still to begin when the one in force goes',
    lines: [
      [1, 10],
      [2, 20],
      [3, 90],
    ],
    nowMs: 50,
    expected: '2 -> 1 @ 50',
  },
  {
    title: 'goes back to the instant at which the release began, as if it had never been',
    lines: [
      [1, 10],
      [2, 20],
    ],
    nowMs: 50,
    wish: { effectiveFromMs: 20 },
    expected: '2 -> 1 @ 20',
  },
  {
    title: 'refuses an instant before the release began',
    lines: [
      [1, 10],
      [2, 20],
    ],
    nowMs: 50,
    wish: { effectiveFromMs: 19 },
    expected: 'outside_period',
  },
  {
    title: 'refuses an instant at which another release has taken over',
    lines: [
      [1, 10],
      [2, 90],
    ],
    nowMs: 50,
    wish: { effectiveFromMs: 90 },
    expected: 'outside_period',
  },
  {
    title: 'refuses a release whose time is over',
    lines: [
      [1, 10],
      [2, 20],
    ],
    nowMs: 50,
    wish: { releaseId: 1 },
    expected: 'not_in_force',
  },
  {
    title: 'refuses where nothing is in force yet',
    lines: [[1, 90]],
    nowMs: 50,
    expected: 'nothing_in_force',
  },
];

describe('what a roll-back puts in force', () => {
  for (const { title, lines, nowMs, wish = {}, expected } of cases) {
    it(title, () => {
      const target = rollBackTarget(entries(lines), wish, nowMs);
      const found =
        'code' in target
          ? target.code
          : `${target.releaseId} -> ${String(target.replacementId)} @ ${target.effectiveFromMs}`;
      expect(found).to.equal(expected);
    });
  }
});
