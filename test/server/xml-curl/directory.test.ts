import { expect } from 'chai';
import { describe, it } from 'mocha';
import { directoryReply } from '../../../server/xml-curl/directory.js';
import { notFoundDocument } from '../../../xml/documents/not-found.js';
import { lintDocument } from '../../../xml/lint.js';
import { goldenFiles } from '../../support/golden.js';
import { snapshotOf } from '../../support/use-world.js';
import { ACME, buildWorld } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { HOSTILE } from '../../xml/hostile.js';
import { formOf } from './forms.js';

const expectGolden = goldenFiles('server/xml-curl/golden');

function answer(
  fields: Readonly<Record<string, string>>,
  change: (world: World) => void = () => undefined,
): string {
  const world = buildWorld();
  change(world);
  const text = directoryReply(formOf({ section: 'directory', ...fields }), snapshotOf(world));
  expect(lintDocument(text)).to.deep.equal([]);
  return text;
}

const ASKED = { user: '1001', domain: 'acme.example', key_value: 'acme.example' };

const hasUser = (text: string) => text.includes('<user id=');

describe('the directory', () => {
  it('gives the hash to authenticate with to sip_auth', () => {
    expectGolden('directory-sip-auth.xml', answer({ ...ASKED, action: 'sip_auth' }));
  });

  for (const action of ['message-count', 'user_call', 'reverse-auth-lookup', 'SIP_AUTH', '']) {
    it(`gives no secret to the purpose ${JSON.stringify(action)}`, () => {
      const text = answer({ ...ASKED, action });
      expect(hasUser(text)).to.equal(true);
      expect(text).not.to.match(/a1-hash|password" value="(?!false)/);
    });
  }

  it('knows no mobile extension: there is no phone of ours to authenticate or to ring', () => {
    const change = (world: World) => {
      world.extensions = world.extensions.map((row) =>
        row.number === '1001' ? { ...row, kind: 'mobile', mobileNumber: '447700900777' } : row,
      );
    };
    expect(hasUser(answer({ ...ASKED, action: 'sip_auth' }, change))).to.equal(false);
    expect(hasUser(answer({ ...ASKED, action: 'user_call' }, change))).to.equal(false);
  });

  it('tells where to ring a user', () => {
    expectGolden('directory-user-call.xml', answer({ ...ASKED, action: 'user_call' }));
  });

  it('answers the retry by number-alias like the first question', () => {
    const first = answer({ ...ASKED, key: 'id' });
    expect(answer({ ...ASKED, key: 'number-alias' })).to.equal(first);
  });

  it('finds a domain in whatever case, and by key_value where no domain is named', () => {
    const { user, key_value } = ASKED;
    expect(hasUser(answer({ user, domain: 'ACME.EXAMPLE' }))).to.equal(true);
    expect(hasUser(answer({ user, key_value }))).to.equal(true);
  });

  it('keeps the tenants apart', () => {
    const beta = answer({ user: '1001', domain: 'beta.example', action: 'sip_auth' });
    expect(beta).not.to.equal(answer({ ...ASKED, action: 'sip_auth' }));
    expect(hasUser(answer({ user: '1002', domain: 'beta.example' }))).to.equal(false);
  });

  it('refuses an unknown user at once, and leaves an unknown domain to others', () => {
    const unknown = answer({ ...ASKED, user: '6666', action: 'sip_auth' });
    expect(unknown).to.contain('<domain name="acme.example">');
    expect(hasUser(unknown)).to.equal(false);
    expect(answer({ user: '1001', domain: 'evil.example' })).to.equal(notFoundDocument());
    expect(answer({ user: '1001' })).to.equal(notFoundDocument());
  });

  it('answers a forced purpose with an empty domain, never with a user', () => {
    for (const purpose of ['gateways', 'network-list']) {
      const text = answer({ ...ASKED, action: 'sip_auth', purpose });
      expect(hasUser(text)).to.equal(false);
      expect(text).to.contain('<domain name="acme.example">');
    }
    expect(answer({ purpose: 'gateways' })).to.equal(notFoundDocument());
  });

  it('answers a lookup of the domain alone with the domain', () => {
    expect(answer({ domain: 'acme.example' })).to.contain('<domain name="acme.example">');
  });

  it('does not know paused extensions and those of closed accounts', () => {
    expect(hasUser(answer({ ...ASKED, user: '1003' }))).to.equal(false);
    const withStatus = (status: 'closed' | 'suspended') => (world: World) => {
      world.accounts = world.accounts.map((row) => (row.id === ACME ? { ...row, status } : row));
    };
    expect(hasUser(answer(ASKED, withStatus('closed')))).to.equal(false);
    expect(hasUser(answer(ASKED, withStatus('suspended')))).to.equal(true);
  });

  it('lets any phone prove who it is to make a call, which may be to an emergency number', () => {
    const close = (world: World) => {
      world.accounts = world.accounts.map((row) => ({ ...row, status: 'closed' }));
    };
    const asks = (method: string, action = 'sip_auth') =>
      hasUser(answer({ ...ASKED, user: '1003', action, sip_auth_method: method }, close));
    expect(asks('INVITE')).to.equal(true);
    for (const method of ['REGISTER', 'REFER', 'SUBSCRIBE', 'MESSAGE', '']) {
      expect(asks(method)).to.equal(false);
    }
    expect(asks('INVITE', 'user_call')).to.equal(false);
  });

  for (const [what, text] of Object.entries(HOSTILE)) {
    it(`stays sound when a phone is named, or asks for, ${what}`, () => {
      const named = answer(ASKED, (world) => {
        world.extensions = world.extensions.map((row) => ({ ...row, name: text }));
      });
      expect(hasUser(named)).to.equal(true);
      expect(hasUser(answer({ user: text, domain: 'acme.example' }))).to.equal(false);
      expect(answer({ user: '1001', domain: text })).to.equal(notFoundDocument());
    });
  }
});
