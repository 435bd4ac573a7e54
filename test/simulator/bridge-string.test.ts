import { expect } from 'chai';
import { describe, it } from 'mocha';
import { DialStringSyntaxError, parseDialString } from '../../scripts/simulator/bridge-string.js';
import { bridgeString } from '../../xml/dial-string.js';

function plain(text: string): unknown {
  return parseDialString(text).map((group) =>
    group.map(({ endpoint, variables }) => [endpoint, Object.fromEntries(variables)]),
  );
}

describe('the simulated switch reading a dial string', () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    ['a bare endpoint', 'sofia/gateway/a/1', [[['sofia/gateway/a/1', {}]]]],
    [
      'groups tried in turn and legs that ring together',
      'user/1@d,user/2@d|user/3@d',
      [
        [
          ['user/1@d', {}],
          ['user/2@d', {}],
        ],
        [['user/3@d', {}]],
      ],
    ],
    [
      'common variables over those of a leg',
      '{a=1,b=2}[a=9,c=3]x|[c=4]y',
      [[['x', { a: '1', b: '2', c: '3' }]], [['y', { a: '1', b: '2', c: '4' }]]],
    ],
    [
      'a leg over the common ones when told so',
      '{local_var_clobber=true,a=1}[a=9]x',
      [[['x', { local_var_clobber: 'true', a: '9' }]]],
    ],
    [
      'quotes that protect a comma in braces',
      "{c='PCMA,PCMU',d=1}x",
      [[['x', { c: 'PCMA,PCMU', d: '1' }]]],
    ],
    [
      'quotes that protect nothing in brackets',
      "[c='PCMA,PCMU',d=1]x",
      [[['x', { c: 'PCMA', d: '1' }]]],
    ],
    ['an escaped comma', String.raw`[c=PCMA\,PCMU,d=1]x`, [[['x', { c: 'PCMA,PCMU', d: '1' }]]]],
    ['another separator', '[^^;c=PCMA,PCMU;d=1]x', [[['x', { c: 'PCMA,PCMU', d: '1' }]]]],
    ['no variable from an empty value', '[a=,b=1]x', [[['x', { b: '1' }]]]],
    [
      'a time limit',
      "[execute_on_answer='sched_hangup +61 ALLOTTED_TIMEOUT']x",
      [[['x', { execute_on_answer: 'sched_hangup +61 ALLOTTED_TIMEOUT' }]]],
    ],
    ['a bar inside brackets as part of a value', '[a=1|2]x', [[['x', { a: '1|2' }]]]],
  ];
  for (const [what, text, expected] of cases) {
    it(`understands ${what}`, () => {
      expect(plain(text)).to.deep.equal(expected);
    });
  }

  it('refuses an unclosed bracket, an empty leg and parallel originates', () => {
    for (const text of ['{a=1x', '[a=1x', '', 'x|', 'x:_:y']) {
      expect(() => parseDialString(text), text).to.throw(DialStringSyntaxError);
    }
  });

  it('reads back every dial string our own builder writes', () => {
    const record = {
      variables: { sip_cid_type: 'pid' },
      legs: [
        {
          endpoint: 'sofia/gateway/carrierA/447700900123',
          variables: {
            rl_route: '0',
            absolute_codec_string: 'PCMA,PCMU',
            execute_on_answer: 'sched_hangup +61 ALLOTTED_TIMEOUT',
          },
        },
        { endpoint: 'sofia/gateway/carrierB/447700900123', variables: { rl_route: '1' } },
      ],
    };
    expect(plain(bridgeString(record))).to.deep.equal(
      record.legs.map((leg) => [[leg.endpoint, { ...record.variables, ...leg.variables }]]),
    );
  });
});
