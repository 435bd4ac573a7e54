import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { QualityIncrement } from '../../../rating/quality/counts.js';
import type { LegMatch } from '../../../server/calls/match-leg.js';
import type { LegEnded } from '../../../server/calls/reports.js';
import { qualityOf } from '../../../server/quality/quality-of-leg.js';
import { rate } from '../../rating/builders.js';
import { ANSWER_US, carrierEnded } from '../../support/leg-reports.js';

const MATCH: LegMatch = {
  kind: 'carrier',
  call: null,
  decision: null,
  route: {
    gatewayId: 7,
    gatewayName: 'carrierA',
    carrierId: 3,
    currency: 'EUR',
    rate: rate(),
    number: '00447700900123',
    codecs: 'PCMA',
    progressTimeoutS: 8,
  },
  routeIndex: 0,
};

const START_US = ANSWER_US - 5_000_000;

interface Case {
  readonly it: string;
  readonly report: LegEnded;
  readonly expected: Partial<QualityIncrement> | null;
}

const ended = (hangupCause: string, over: Partial<LegEnded> = {}): LegEnded =>
  carrierEnded(null, 0, { hangupCause, ...over });

const CASES: readonly Case[] = [
  {
    it: 'counts an answered leg with its talk and the delay to ringing',
    report: carrierEnded(null, 30, { progressUs: START_US + 1_500_000 }),
    expected: {
      attempts: 1,
      answered: 1,
      talkUs: 30_000_000,
      pddUs: 1_500_000,
      pddCount: 1,
    },
  },
  {
    it: 'takes the delay to the answer where nothing rang',
    report: carrierEnded(null, 30),
    expected: { answered: 1, pddUs: 5_000_000, pddCount: 1 },
  },
  {
    it: 'counts an answer that was over at once',
    report: carrierEnded(null, 30, { billUs: 0 }),
    expected: { attempts: 1, answered: 1, talkUs: 0 },
  },
  {
    it: 'counts a failure without a delay',
    report: ended('NORMAL_TEMPORARY_FAILURE'),
    expected: { attempts: 1, answered: 0, talkUs: 0, pddUs: 0, pddCount: 0 },
  },
  {
    it: 'counts busy as an attempt that was not answered',
    report: ended('USER_BUSY'),
    expected: { attempts: 1, answered: 0 },
  },
  {
    it: 'counts an unanswered call with its delay',
    report: ended('NO_ANSWER', { progressUs: START_US + 2_000_000 }),
    expected: { attempts: 1, answered: 0, pddUs: 2_000_000, pddCount: 1 },
  },
  {
    it: 'counts a call that the caller gave up while it rang',
    report: ended('ORIGINATOR_CANCEL', { progressUs: START_US + 2_000_000 }),
    expected: { attempts: 1, answered: 0 },
  },
  {
    it: 'leaves out a call that the caller gave up before the carrier showed a sign',
    report: ended('ORIGINATOR_CANCEL', { endUs: START_US + 3_000_000 }),
    expected: null,
  },
  {
    it: 'counts a call that the caller gave up after ten seconds of silence',
    report: ended('ORIGINATOR_CANCEL', { endUs: START_US + 10_000_000 }),
    expected: { attempts: 1, answered: 0, pddCount: 0 },
  },
  {
    it: 'measures no delay against a clock that was set back',
    report: carrierEnded(null, 30, { progressUs: START_US - 1 }),
    expected: { answered: 1, pddUs: 0, pddCount: 0 },
  },
  {
    it: 'counts in the quarter of an hour in which the leg ended',
    report: carrierEnded(null, 901),
    expected: { sliceS: ANSWER_US / 1e6 + 900 },
  },
];

describe('the quality of a leg', () => {
  for (const test of CASES) {
    it(test.it, () => {
      const found = qualityOf(test.report, MATCH);
      if (test.expected === null) expect(found).to.equal(null);
      else {
        const key = { carrierId: 3, gatewayId: 7, prefix: '44770' };
        expect(found).to.deep.include({ ...key, ...test.expected });
      }
    });
  }

  it('is counted on carrier legs with a known route only', () => {
    const report = carrierEnded(null, 30);
    expect(qualityOf(report, { ...MATCH, route: null })).to.equal(null);
    expect(qualityOf(report, { ...MATCH, kind: 'extension' })).to.equal(null);
  });
});
