import { expect } from 'chai';
import { describe, it } from 'mocha';
import { sofiaDocument } from '../../xml/documents/sofia.js';
import { ivrDocument } from '../../xml/documents/ivr.js';
import { lintDocument } from '../../xml/lint.js';
import { safeText } from '../../xml/safe-text.js';
import { attributeValues, expectedText, FIELDS, isReadableBack, readBack } from './fields.js';
import { HOSTILE } from './hostile.js';
import { external, mainMenu, registeringGateway } from './samples.js';

describe('hostile text', () => {
  for (const { name, build, target } of FIELDS) {
    it(`in the ${name} neither spoils the reply nor is lost beyond what must go`, () => {
      for (const [kind, value] of Object.entries(HOSTILE)) {
        const text = build(value);
        expect(lintDocument(text), kind).to.deep.equal([]);
        const expected = expectedText(target, safeText(value));
        expect(attributeValues(text, target), kind).to.include(expected);
        if (isReadableBack(expected)) expect(readBack(text, target), kind).to.include(expected);
      }
    });
  }

  it('in fields of a closed form leaves the field, the gateway or the entry out', () => {
    for (const [kind, value] of Object.entries(HOSTILE)) {
      const gateways = (['name', 'username', 'password'] as const).map((key, index) => ({
        ...registeringGateway,
        name: `carrier${index}`,
        [key]: value,
      }));
      const entries = [{ action: 'menu-exec-app' as const, digits: '1', param: value }];
      for (const text of [
        sofiaDocument([{ ...external, gateways }]),
        ivrDocument([{ ...mainMenu, entries }]),
      ]) {
        expect(lintDocument(text), kind).to.deep.equal([]);
      }
    }
  });
});
