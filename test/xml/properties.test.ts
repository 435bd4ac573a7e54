import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { bridgeString, carriableText } from '../../xml/dial-string.js';
import { dialplanDocument } from '../../xml/documents/dialplan.js';
import { lintDocument } from '../../xml/lint.js';
import { isSafeConstant, safeText } from '../../xml/safe-text.js';
import { attributeValues, expectedText, FIELDS, isReadableBack, readBack } from './fields.js';
import { HOSTILE } from './hostile.js';

/** Any UTF-16 text, healthy or not, with pieces of known trouble mixed in. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(...Object.values(HOSTILE).filter((text) => text.length < 100)),
      fc.constantFrom('$', '-', 'x-pre', '-process', '{', '<', '&', ';', ':_', '_:', '\n'),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => pieces.join(''))
  .filter((text) => text !== '');

describe('safe text', () => {
  it('is never changed by a second pass, and never grows', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const safe = safeText(text);
        expect(isSafeConstant(safe)).to.equal(true);
        expect(safe.length).to.be.at.most(text.length);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('any text in any field', () => {
  for (const { name, build, target } of FIELDS) {
    it(`of a document lints clean and reads back as its safe form: ${name}`, () => {
      fc.assert(
        fc.property(anyText, (value) => {
          const text = build(value);
          expect(lintDocument(text)).to.deep.equal([]);
          const expected = expectedText(target, safeText(value));
          expect(attributeValues(text, target)).to.include(expected);
          if (isReadableBack(expected)) expect(readBack(text, target)).to.include(expected);
        }),
        { numRuns: 60 },
      );
    });
  }
});

describe('dial strings', () => {
  const endpoint = 'sofia/gateway/carrierA/447700900123';

  it('carry any text that was made carriable, inside a document too', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (value, isCommon) => {
        const text = carriableText(value);
        const name = { origination_caller_id_name: text };
        const record = isCommon
          ? { variables: name, legs: [{ endpoint, variables: {} }] }
          : { variables: {}, legs: [{ endpoint, variables: name }] };
        fc.pre([',', ';', '~', '!', '#'].some((mark) => !text.includes(mark)));
        const dialString = bridgeString(record);
        expect(dialString.includes(`origination_caller_id_name=${text}`)).to.equal(text !== '');
        const actions = [{ application: 'bridge' as const, data: dialString }];
        const document = dialplanDocument({ context: 'c', extension: 'e', actions });
        // Nothing of a dial string is taken away by the filter: it is refused or it is whole.
        expect(attributeValues(document, 'action@data')).to.deep.equal([
          dialString.replace(/x-pre-process/gi, 'x pre process'),
        ]);
      }),
      { numRuns: 1000 },
    );
  });
});
