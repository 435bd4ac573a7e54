import { expect } from 'chai';
import { describe, it } from 'mocha';
import { legEndedFromVariables } from '../../../server/esl/leg-ended.js';

const EXTRAS = { source: 'esl', coreUuid: '', destination: '49', callerNumber: '1001' } as const;

function causeOf(variables: Readonly<Record<string, string>>): string | undefined {
  const leg = {
    uuid: '2374e359-81f1-4232-8cf9-5484d4d6145e',
    direction: 'outbound',
    start_uepoch: '1795367028000000',
    end_uepoch: '1795367034000000',
    ...variables,
  };
  return legEndedFromVariables(leg, EXTRAS)?.hangupCause;
}

describe('the last word about a leg', () => {
  it('calls a leg whose ring time ran out unanswered, not cut', () => {
    expect(causeOf({ hangup_cause: 'ALLOTTED_TIMEOUT', answer_uepoch: '0' })).to.equal('NO_ANSWER');
  });

  it('calls an answered leg that reached its limit cut', () => {
    const answered = { hangup_cause: 'ALLOTTED_TIMEOUT', answer_uepoch: '1795367029000000' };
    expect(causeOf(answered)).to.equal('ALLOTTED_TIMEOUT');
  });

  it('has a cause also when the switch names none', () => {
    expect(causeOf({})).to.equal('NORMAL_UNSPECIFIED');
  });
});
