import { expect } from 'chai';
import { describe, it } from 'mocha';
import { aclDocument } from '../../xml/documents/acl.js';
import { configurationDocument } from '../../xml/documents/configuration.js';
import { dialplanDocument, ForbiddenApplicationError } from '../../xml/documents/dialplan.js';
import { directoryDocument, directoryDomainDocument } from '../../xml/documents/directory.js';
import { refusedGateways } from '../../xml/documents/gateways.js';
import { ivrDocument } from '../../xml/documents/ivr.js';
import { notFoundDocument } from '../../xml/documents/not-found.js';
import { sofiaDocument } from '../../xml/documents/sofia.js';
import { lintDocument } from '../../xml/lint.js';
import type { DialplanApplication } from '../../xml/records.js';
import { expectGolden } from './golden.js';
import * as samples from './samples.js';

const { addressGateway, anna, bob, carriers, eve, external, internal } = samples;
const { mainMenu, outbound, registeringGateway, supportMenu } = samples;

const GOLDEN: Readonly<Record<string, string>> = {
  'acl.xml': aclDocument([carriers, { name: 'nobody', default: 'deny', nodes: [] }]),
  'configuration.xml': configurationDocument('event_socket.conf', {
    'listen-ip': '127.0.0.1',
    'listen-port': '8021',
  }),
  'dialplan.xml': dialplanDocument(outbound),
  'directory-authentication.xml': directoryDocument([anna]),
  'directory-domain-empty.xml': directoryDomainDocument('acme.example', []),
  'directory-network-list.xml': directoryDomainDocument('acme.example', [anna, bob]),
  'directory-two-domains.xml': directoryDocument([anna, eve, bob]),
  'ivr.xml': ivrDocument([mainMenu, supportMenu]),
  'not-found.xml': notFoundDocument(),
  'sofia.xml': sofiaDocument([internal, external]),
  'sofia-many-domains.xml': sofiaDocument([{ ...internal, forceDomain: '' }]),
};

describe('documents', () => {
  for (const [name, text] of Object.entries(GOLDEN)) {
    it(`come out as golden/${name}, byte for byte`, () => {
      expectGolden(name, text);
    });

    it(`lint clean: ${name}`, () => {
      expect(lintDocument(text)).to.deep.equal([]);
    });
  }
});

describe('directory documents', () => {
  const count = (text: string, part: string): number => text.split(part).length - 1;

  it('forbid an empty password for every user, with or without a secret', () => {
    const text = directoryDocument([anna, bob, eve]);
    expect(count(text, '<param name="allow-empty-password" value="false"/>')).to.equal(3);
    expect(count(text, 'a1-hash')).to.equal(1);
  });

  it('hold no secret when they answer for a domain', () => {
    expect(directoryDomainDocument('acme.example', [anna])).not.to.include('a1-hash');
  });

  it('take only a hash for a hash, so a password in the wrong place does not leave', () => {
    expect(directoryDocument([{ ...anna, a1Hash: 'secret' }])).not.to.include('secret');
  });

  it('do not let a user redefine how it is authenticated', () => {
    const params = {
      'Allow-Empty-Password': 'true',
      'allow-$empty-password': 'true',
      password: '',
      'A1-HASH': 'f'.repeat(32),
      'vm-convert-cmd': 'sh',
    };
    const text = directoryDocument([{ ...anna, params }]);
    expect(text).to.equal(directoryDocument([{ ...anna, params: {} }]));
  });
});

describe('dialplan documents', () => {
  it('refuse an application outside the closed list', () => {
    const application = 'system' as DialplanApplication;
    const record = { ...outbound, actions: [{ application, data: 'id' }] };
    expect(() => dialplanDocument(record)).to.throw(ForbiddenApplicationError, '"system"');
  });

  it('refuse a name that every object has', () => {
    const application = 'constructor' as DialplanApplication;
    const record = { ...outbound, actions: [{ application, data: '' }] };
    expect(() => dialplanDocument(record)).to.throw(ForbiddenApplicationError);
  });
});

describe('sofia documents', () => {
  it('leave out gateways that FreeSWITCH would refuse, and say why', () => {
    const gateways = [
      addressGateway,
      { ...addressGateway, name: 'carrier C' },
      { ...addressGateway, name: '' },
      addressGateway,
      { ...addressGateway, name: 'carrierD', proxy: '' },
      { ...registeringGateway, name: 'carrierE', password: '' },
      { ...registeringGateway, name: 'carrierF', password: 'pa$$word' },
    ];
    expect(refusedGateways(gateways)).to.deep.equal([
      { name: 'carrier C', problem: 'invalid_name' },
      { name: '', problem: 'invalid_name' },
      { name: 'carrierB', problem: 'repeated_name' },
      { name: 'carrierD', problem: 'proxy_missing' },
      { name: 'carrierE', problem: 'credentials_missing' },
      { name: 'carrierF', problem: 'credentials_uncarriable' },
    ]);
    const only = sofiaDocument([{ ...external, gateways: [addressGateway] }]);
    expect(sofiaDocument([{ ...external, gateways }])).to.equal(only);
  });

  it('write a gateway name once even when two profiles claim it', () => {
    const text = sofiaDocument([external, { ...external, name: 'second' }]);
    expect(text.match(/<gateway name="carrierA">/g)).to.have.lengthOf(1);
  });

  for (const profile of [internal, external]) {
    it(`harden the ${profile.kind} profile`, () => {
      const text = sofiaDocument([profile]);
      for (const [name, value] of [
        ['enable-chat', 'false'],
        ['auth-calls', 'true'],
        ['auth-messages', 'true'],
        ['auth-subscriptions', 'true'],
        ['accept-blind-reg', 'false'],
        ['accept-blind-auth', 'false'],
        ['inbound-reg-force-matching-username', 'true'],
        ['log-auth-failures', 'true'],
        ['nonce-ttl', '60'],
        ['manual-redirect', 'true'],
        ['rtp-timer-name', 'soft'],
      ]) {
        expect(text).to.include(`<param name="${name}" value="${value}"/>`);
      }
    });
  }

  it('admit calls on an external profile from listed carrier addresses only', () => {
    const text = sofiaDocument([external]);
    expect(text).to.include('<param name="apply-inbound-acl" value="carriers"/>');
    expect(text).to.include('<param name="auth-calls-acl-only" value="true"/>');
    expect(text).to.include('<param name="disable-register" value="true"/>');
  });

  it('write counts as whole numbers whatever they were given', () => {
    const port = (sipPort: number): string => sofiaDocument([{ ...internal, sipPort }]);
    expect(port(Number.NaN)).to.include('name="sip-port" value="0"');
    expect(port(-1)).to.include('name="sip-port" value="0"');
    expect(port(5060.9)).to.include('name="sip-port" value="5060"');
    expect(port(Number.POSITIVE_INFINITY)).to.include('name="sip-port" value="2147483647"');
  });
});

describe('ivr documents', () => {
  it('leave out an entry without digits, which would make FreeSWITCH refuse the menu', () => {
    const [entry] = mainMenu.entries;
    expect(entry).not.to.equal(undefined);
    const entries = ['', ' ', '$', '\n'].map((digits) => ({
      action: 'menu-exit' as const,
      digits,
      param: '',
    }));
    expect(ivrDocument([{ ...mainMenu, entries }])).not.to.include('<entry');
  });

  it('let a key run transfers and the like, never other applications', () => {
    const params = ['system id', 'lua x.lua', 'bridge user/1001@acme.example', ' system id', ''];
    const entries = params.map((param) => ({
      action: 'menu-exec-app' as const,
      digits: '1',
      param,
    }));
    expect(ivrDocument([{ ...mainMenu, entries }])).not.to.include('<entry');
  });
});
