import { expect } from 'chai';
import { describe, it } from 'mocha';
import { bridgeString } from '../../xml/dial-string.js';
import { ForbiddenApplicationError } from '../../xml/documents/dialplan.js';
import { inlineDialplan } from '../../xml/inline-dialplan.js';
import type { DialplanAction } from '../../xml/records.js';

/** Reads the text as FreeSWITCH does: a backslash keeps the next character, `^` separates. */
function applicationsOf(text: string): readonly string[] {
  expect(text.slice(0, 4)).to.equal('m:^:');
  const parts = [''];
  const rest = text.slice(4);
  for (let at = 0; at < rest.length; at += 1) {
    if (rest[at] === '^') parts.push('');
    else {
      if (rest[at] === '\\') at += 1;
      parts.push(`${parts.pop() ?? ''}${rest[at] ?? ''}`);
    }
  }
  return parts;
}

describe('an inline dialplan', () => {
  it('holds the actions of a decision in order', () => {
    const bridge = bridgeString({
      variables: { sip_cid_type: 'pid' },
      legs: [
        {
          endpoint: 'sofia/gateway/a/447700900123',
          variables: {
            absolute_codec_string: 'PCMA,PCMU',
            execute_on_answer: 'sched_hangup +61 ALLOTTED_TIMEOUT',
          },
        },
      ],
    });
    const text = inlineDialplan([
      { application: 'set', data: 'rl_call=7' },
      { application: 'answer', data: '' },
      { application: 'bridge', data: bridge },
      { application: 'hangup', data: 'NO_ANSWER' },
    ]);
    // The group's own separator is announced by two of ours, which are escaped.
    expect(text).to.equal(
      'm:^:set:rl_call=7^answer^bridge:{sip_cid_type=pid}' +
        '[\\^\\^;absolute_codec_string=PCMA,PCMU;' +
        'execute_on_answer=sched_hangup +61 ALLOTTED_TIMEOUT]' +
        'sofia/gateway/a/447700900123^hangup:NO_ANSWER',
    );
    expect(applicationsOf(text)[2]).to.equal(`bridge:${bridge}`);
  });

  for (const data of ["o'brien", 'a^b', 'a\\b', 'say "hi"', "\\'^", 'a:b,c;d|e']) {
    it(`carries ${data} as it is, and as one argument`, () => {
      const read = applicationsOf(
        inlineDialplan([
          { application: 'set', data: `x=${data}` },
          { application: 'hangup', data: 'NO_ANSWER' },
        ]),
      );
      expect(read).to.deep.equal([`set:x=${data}`, 'hangup:NO_ANSWER']);
    });
  }

  it('leaves out what would be expanded, and line breaks', () => {
    const text = inlineDialplan([
      { application: 'set', data: 'x=${system(id)}\r\nauth me\0$${y}' },
    ]);
    expect(text).to.equal('m:^:set:x={system(id)}auth me{y}');
  });

  it('names no application that a document may not name', () => {
    const forbidden = { application: 'system', data: 'id' } as unknown as DialplanAction;
    expect(() => inlineDialplan([forbidden])).to.throw(ForbiddenApplicationError);
  });
});
