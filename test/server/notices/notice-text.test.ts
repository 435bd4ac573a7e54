import { expect } from 'chai';
import { describe, it } from 'mocha';
import { noticeText } from '../../../server/notices/notice-text.js';

describe('the words of a notice', () => {
  for (const [kind, payload, subject, sentence] of [
    [
      'low_balance',
      { account: 'Acme', extension: '1001', balance: '-3.2', threshold: '0', currency: 'USD' },
      'Low balance: Acme, extension 1001',
      'The balance is -3.2 USD, below 0 USD.',
    ],
    [
      'guard_breach',
      { account: 'Acme', rule: 'daily_spend_reached', day: '2026-11-22' },
      'Calls refused: Acme',
      'Calls of this account are refused: the most it may spend in a day is reached.',
    ],
    [
      'guard_alert',
      { account: 'Acme', rule: 'new_country', country: 'CU' },
      'Please look: Acme',
      'This account did something it had not done before: a country was called for the first time.',
    ],
    [
      'account_blocked',
      { account: 'Acme', rule: 'short_calls', calls: 12 },
      'Blocked: Acme',
      'Paid calls of this account are refused until it is released: there were too many short calls.',
    ],
    [
      'unheard_of',
      { colour: 'green' },
      'Notice: unheard_of',
      'Something happened that you wanted to know: unheard_of.',
    ],
  ] as const) {
    it(`say what ${kind} means`, () => {
      const told = noticeText({ kind, payload });
      expect(told.subject).to.equal(subject);
      expect(told.text.split('\n')[0]).to.equal(sentence);
    });
  }

  it('tell all that is known, and survive what is not known', () => {
    const { text } = noticeText({ kind: 'account_blocked', payload: { calls: 12, within_s: 60 } });
    expect(text).to.contain('  calls: 12\n  within s: 60\n');
    for (const payload of [null, 'text', 7, []]) {
      expect(noticeText({ kind: 'low_balance', payload }).subject).to.match(/^Low balance:/);
    }
  });
});
