import { expect } from 'chai';
import { describe, it } from 'mocha';
import { isSafeConstant, safeText } from '../../xml/safe-text.js';
import { HOSTILE } from './hostile.js';

const ROWS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['Anna Schmidt', 'Anna Schmidt'],
  [`<>&"'`, `<>&"'`],
  ['sofia/internal/1001%acme.example', 'sofia/internal/1001%acme.example'],
  ['${system(id)}', '{system(id)}'],
  ['$${default_password}', '{default_password}'],
  ['\\${system(id)}', '\\{system(id)}'],
  ['a\r\nb\tc', 'abc'],
  ['x-pre-process', 'x pre process'],
  ['<X-PRE-PROCESS cmd="exec"/>', '<x pre process cmd="exec"/>'],
  ['x-pre$-process', 'x pre process'],
  ['x-pre\u0000-process', 'x pre process'],
  ['x-preprocess', 'x-preprocess'],
  ['a\ud83d', 'a'],
  ['\ud83d\u0000\ude00', ''],
  ['😀', '😀'],
  ['a\ufffeb\uffffc', 'abc'],
  ['\u0085\u009f\u007f\u00a0é', '\u00a0é'],
];

describe('safeText', () => {
  for (const [value, expected] of ROWS) {
    it(`turns ${JSON.stringify(value)} into ${JSON.stringify(expected)}`, () => {
      expect(safeText(value)).to.equal(expected);
    });
  }

  it('leaves no dollar, directive or control character in any hostile text', () => {
    for (const [kind, value] of Object.entries(HOSTILE)) {
      const safe = safeText(value);
      expect(safe, kind).not.to.match(/\$|x-pre-process/i);
      // eslint-disable-next-line no-control-regex
      expect(safe, kind).not.to.match(/[\u0000-\u001f]/);
    }
  });
});

describe('isSafeConstant', () => {
  it('accepts what safeText would not change, and nothing else', () => {
    expect(isSafeConstant('sched_hangup +61 ALLOTTED_TIMEOUT')).to.equal(true);
    expect(isSafeConstant('${caller_id_number}')).to.equal(false);
    expect(isSafeConstant('two\nlines')).to.equal(false);
  });
});
