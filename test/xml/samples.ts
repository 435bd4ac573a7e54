import type {
  AclList,
  DialplanRecord,
  DirectoryUser,
  IvrMenuRecord,
  SofiaGatewayRecord,
  SofiaProfileRecord,
} from '../../xml/records.js';
import { bridgeString } from '../../xml/dial-string.js';

export const anna: DirectoryUser = {
  domain: 'acme.example',
  user: '1001',
  a1Hash: 'e322e9ca0f09ef59ec14d3782f89d205',
  dialString: 'sofia/internal/1001%acme.example',
  params: { 'mwi-account': '1001@acme.example' },
  variables: {
    user_context: 't42',
    accountcode: '42',
    effective_caller_id_name: `Anna & Bob's "Café" <sip>`,
  },
};

export const bob: DirectoryUser = { domain: 'acme.example', user: '1002', cidr: '203.0.113.7/32' };

export const eve: DirectoryUser = { domain: 'globex.example', user: '1001' };

export const outbound: DialplanRecord = {
  context: 't42',
  extension: 'c-7f3e',
  actions: [
    { application: 'set', data: 'hangup_after_bridge=true' },
    { application: 'export', data: 'nolocal:rt_call=0190f2b4-7c1a-7000-8000-000000000001' },
    { application: 'ring_ready', data: '' },
    {
      application: 'bridge',
      data: bridgeString({
        variables: { sip_cid_type: 'pid' },
        legs: ['carrierA', 'carrierB'].map((gateway, index) => ({
          endpoint: `sofia/gateway/${gateway}/447700900123`,
          variables: {
            rt_leg: `0190f2b4.${index + 1}`,
            leg_timeout: '45',
            absolute_codec_string: 'PCMA,PCMU',
            execute_on_answer: 'sched_hangup +61 ALLOTTED_TIMEOUT',
          },
        })),
      }),
    },
    { application: 'respond', data: '503 Service Unavailable' },
  ],
};

export const registeringGateway: SofiaGatewayRecord = {
  name: 'carrierA',
  proxy: 'sip.carrier-a.example',
  realm: 'carrier-a.example',
  username: 'ringledger',
  password: `p&ss<w>o"r'd`,
  register: true,
  fromDomain: 'carrier-a.example',
  fromUser: 'ringledger',
  expireSeconds: 300,
  pingSeconds: 30,
  codecs: 'PCMA,PCMU',
};

export const addressGateway: SofiaGatewayRecord = {
  name: 'carrierB',
  proxy: '198.51.100.10:5060',
  register: false,
  pingSeconds: 2,
};

export const internal: SofiaProfileRecord = {
  name: 'internal',
  kind: 'internal',
  sipIp: '192.0.2.1',
  rtpIp: '192.0.2.1',
  sipPort: 5060,
  context: 'internal',
  codecs: 'OPUS,PCMA,PCMU',
  forceDomain: 'acme.example',
  gateways: [],
};

export const external: SofiaProfileRecord = {
  name: 'external',
  kind: 'external',
  sipIp: '192.0.2.1',
  rtpIp: '192.0.2.1',
  sipPort: 5080,
  context: 'public',
  codecs: 'PCMA,PCMU',
  gateways: [registeringGateway, addressGateway],
};

export const carriers: AclList = {
  name: 'carriers',
  default: 'deny',
  nodes: [
    { type: 'deny', cidr: '198.51.100.66/32' },
    { type: 'allow', cidr: '198.51.100.0/24' },
    { type: 'allow', cidr: '2001:db8::/64' },
  ],
};

export const mainMenu: IvrMenuRecord = {
  name: 'm42-main',
  greetLong: '/var/lib/ringledger/sounds/42/welcome.wav',
  greetShort: '/var/lib/ringledger/sounds/42/again.wav',
  invalidSound: 'ivr/ivr-that_was_an_invalid_entry.wav',
  exitSound: '',
  timeoutMs: 10000,
  interDigitTimeoutMs: 2000,
  maxFailures: 3,
  maxTimeouts: 2,
  digitLength: 1,
  entries: [
    { action: 'menu-exec-app', digits: '1', param: 'transfer 1001 XML t42' },
    { action: 'menu-sub', digits: '2', param: 'm42-support' },
    { action: 'menu-play-sound', digits: '3', param: 'tone & "more".wav' },
    { action: 'menu-exit', digits: '*', param: '' },
  ],
};

export const supportMenu: IvrMenuRecord = {
  ...mainMenu,
  name: 'm42-support',
  entries: [{ action: 'menu-top', digits: '#', param: '' }],
};
