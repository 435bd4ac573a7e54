import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseForm } from '../../../server/xml-curl/parse-form.js';
import type { Form } from '../../../server/xml-curl/parse-form.js';
import { recordedRequests } from '../../support/recordings.js';

function parsed(body: string): Form {
  const form = parseForm(body);
  if (typeof form === 'string') throw new Error(form);
  return form;
}

describe('parsing a form of FreeSWITCH', () => {
  it('takes the last value of a repeated name', () => {
    const form = parsed('key=id&user=1001&domain=a.example&key=number-alias&user=1001');
    expect(form.get('key')).to.equal('number-alias');
    expect([...form.keys()]).to.deep.equal(['key', 'user', 'domain']);
  });

  it('takes the first section, because what follows may be the realm a phone made up', () => {
    const realm =
      'a.example&section=dialplan&tag_name=x&hostname=y&key_name=z&key_value=sofia.conf';
    const form = parsed(
      `hostname=fs1&section=directory&tag_name=domain&key_name=name&key_value=${realm}` +
        '&action=sip_auth&user=1001&domain=a.example',
    );
    expect(form.get('hostname')).to.equal('fs1');
    expect(form.get('section')).to.equal('directory');
    expect(form.get('tag_name')).to.equal('domain');
    expect(form.get('key_name')).to.equal('name');
    expect(form.get('key_value')).to.equal('a.example');
  });

  it('knows no arrays and no nesting', () => {
    const form = parsed('user[]=a&user[b][c]=d&__proto__[x]=y&constructor=z');
    expect(form.get('user')).to.equal(undefined);
    expect(form.get('user[]')).to.equal('a');
    expect(form.get('constructor')).to.equal('z');
    expect(({} as Record<string, unknown>)['x']).to.equal(undefined);
  });

  for (const [value, meaning] of [
    ['a%20b', 'a b'],
    ['a+b', 'a+b'],
    ['100%', '100%'],
    ['%zz%20', '%zz%20'],
    ['%ff', '%ff'],
    ['%E2%82%AC', '€'],
    ['%00', '\0'],
    ['a=b=c', 'a=b=c'],
    ['', ''],
  ] as const) {
    it(`reads ${JSON.stringify(value)} as ${JSON.stringify(meaning)}`, () => {
      expect(parsed(`section=x&value=${value}&next=1`).get('value')).to.equal(meaning);
    });
  }

  it('passes over empty fields and takes a name alone for an empty value', () => {
    expect([...parsed('&&a=1&&b&=c&')]).to.deep.equal([
      ['a', '1'],
      ['b', ''],
      ['', 'c'],
    ]);
    expect(parsed('').size).to.equal(0);
  });

  it('reads five thousand fields and refuses one more', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `f${String(i)}=1`);
    expect(parsed(fields(5000).join('&')).size).to.equal(5000);
    expect(parseForm(fields(5001).join('&'))).to.equal('too_many_fields');
    // The same name over and over is as much work.
    expect(parseForm('a=1&'.repeat(5001))).to.equal('too_many_fields');
  });

  it('reads a mebibyte in no time', () => {
    const body = `section=dialplan&a=${'%41'.repeat(349_000)}`;
    const started = process.hrtime.bigint();
    expect(parsed(body).get('a')).to.have.lengthOf(349_000);
    expect(Number(process.hrtime.bigint() - started) / 1e6).to.be.below(500);
  });

  it('reads every recorded request', () => {
    let read = 0;
    for (const request of recordedRequests()) {
      if (!request.url.startsWith('/fs')) continue;
      expect(parsed(request.body).get('section')).to.match(/^(directory|dialplan|configuration)$/);
      read += 1;
    }
    expect(read).to.be.above(50);
  });
});
