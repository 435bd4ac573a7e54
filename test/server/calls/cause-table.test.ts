import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  CAUSE_NAMES,
  DEFAULT_STOP_CAUSES,
  isDefaultStops,
  stopCausesOf,
} from '../../../server/calls/cause-table.js';

describe('the causes after which no other carrier is tried', () => {
  it('are what the far end or the caller says, unless a carrier means it differently', () => {
    for (const nothing of [null, undefined, {}, [], 'USER_BUSY', 7]) {
      expect(stopCausesOf(nothing)).to.deep.equal([
        'USER_BUSY',
        'CALL_REJECTED',
        'UNALLOCATED_NUMBER',
        'INVALID_NUMBER_FORMAT',
        'ORIGINATOR_CANCEL',
      ]);
    }
  });

  it('are fewer where a carrier says go on, more where it says stop', () => {
    // Those that are added come after the usual ones, in the order of their names.
    const causes = { USER_BUSY: 'next', NORMAL_TEMPORARY_FAILURE: 'stop', NO_ANSWER: 'stop' };
    expect(stopCausesOf(causes)).to.deep.equal([
      'CALL_REJECTED',
      'UNALLOCATED_NUMBER',
      'INVALID_NUMBER_FORMAT',
      'ORIGINATOR_CANCEL',
      'NORMAL_TEMPORARY_FAILURE',
      'NO_ANSWER',
    ]);
  });

  it('are one text for one table, in whatever order it was written', () => {
    const first = stopCausesOf({ NO_ANSWER: 'stop', CALL_REJECTED: 'next', GATEWAY_DOWN: 'stop' });
    const second = stopCausesOf({ GATEWAY_DOWN: 'stop', CALL_REJECTED: 'next', NO_ANSWER: 'stop' });
    expect(first).to.deep.equal(second);
  });

  it('hold nothing but names FreeSWITCH knows', () => {
    const hostile = {
      'X,Y': 'stop',
      ORIGINATOR_CANCEL: 'next',
      'USER_BUSY ': 'next',
      BUSY: 'stop',
      __proto__: 'stop',
      CALL_REJECTED: 'maybe',
    };
    expect(isDefaultStops(stopCausesOf(hostile))).to.equal(true);
    expect([...CAUSE_NAMES, ...DEFAULT_STOP_CAUSES].join('')).to.match(/^[A-Z_]+$/);
  });

  it('are told apart from the usual ones', () => {
    expect(isDefaultStops(DEFAULT_STOP_CAUSES)).to.equal(true);
    expect(isDefaultStops(stopCausesOf({ USER_BUSY: 'next' }))).to.equal(false);
    expect(isDefaultStops(stopCausesOf({ NO_ANSWER: 'stop' }))).to.equal(false);
    expect(isDefaultStops(stopCausesOf({ NO_ANSWER: 'next' }))).to.equal(true);
  });
});
