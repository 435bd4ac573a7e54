import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  a1Hash,
  createSecrets,
  equalSecrets,
  randomSecret,
  SealError,
  sha256,
} from '../../../server/secrets.js';

describe('sealed secrets', () => {
  const key = 'a1'.repeat(32);
  const secrets = createSecrets(key);

  it('opens what it sealed, whatever the text', () => {
    for (const text of ['', 'p', 'pässwörd 日本', 'x'.repeat(10_000)]) {
      expect(secrets.open(secrets.seal(text))).to.equal(text);
    }
  });

  it('never seals the same text to the same result', () => {
    const sealed = new Set(Array.from({ length: 1000 }, () => secrets.seal('same')));
    expect(sealed.size).to.equal(1000);
  });

  it('fits a password of 128 characters into the column', () => {
    expect(secrets.seal('x'.repeat(128)).length).to.be.lessThan(512);
  });

  it('opens nothing that was sealed with another key', () => {
    const other = createSecrets('b2'.repeat(32));
    expect(() => other.open(secrets.seal('text'))).to.throw(SealError);
  });

  it('notices a change of any byte', () => {
    const sealed = secrets.seal('carrier password');
    const [version = '', body = ''] = sealed.split('.');
    const bytes = Buffer.from(body, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      const text = `${version}.${changed.toString('base64url')}`;
      expect(() => secrets.open(text), `byte ${index}`).to.throw(SealError);
    }
  });

  it('refuses what is no sealed text', () => {
    for (const text of ['', 'v1', 'v1.', 'v1.AAAA', 'v2.AAAA', 'plain password']) {
      expect(() => secrets.open(text), text).to.throw(SealError);
    }
  });

  it('takes a key of exactly 32 bytes', () => {
    for (const bad of ['', 'a1', 'zz'.repeat(32), 'a1'.repeat(33)]) {
      expect(() => createSecrets(bad)).to.throw(/secret key/);
    }
  });

  it('hashes as FreeSWITCH expects a1-hash, and as sha-256 is published', () => {
    // The digest example of RFC 2617, section 3.5.
    expect(a1Hash('Mufasa', 'testrealm@host.com', 'Circle Of Life')).to.equal(
      '939e7578ed9e3c518a452acee763bce9',
    );
    expect(sha256('abc')).to.equal(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('compares secrets and makes new ones', () => {
    expect(equalSecrets('same', 'same')).to.equal(true);
    expect(equalSecrets('same', 'other length')).to.equal(false);
    expect(randomSecret('k_')).to.match(/^k_[\w-]{43}$/);
    expect(randomSecret()).to.not.equal(randomSecret());
  });
});
