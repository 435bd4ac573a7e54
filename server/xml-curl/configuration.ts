import { aclDocument } from '../../xml/documents/acl.js';
import { ivrDocument } from '../../xml/documents/ivr.js';
import { notFoundDocument } from '../../xml/documents/not-found.js';
import { sofiaDocument } from '../../xml/documents/sofia.js';
import type {
  AclNode,
  IvrMenuRecord,
  SofiaGatewayRecord,
  SofiaProfileRecord,
} from '../../xml/records.js';
import type { GatewayEntry, MenuEntry, Snapshot, SwitchEntry } from '../snapshot/snapshot.js';
import type { Form } from './parse-form.js';

/** Opens a secret sealed at rest; throws when it was sealed with another key. */
export type OpenSecret = (sealed: string) => string;

/** Answers a configuration file by name; whatever we do not own is left to the switch's own files. */
export function configurationReply(
  form: Form,
  snapshot: Snapshot,
  owner: SwitchEntry,
  openSecret: OpenSecret,
): string {
  switch (form.get('key_value')) {
    case 'sofia.conf':
      return sofiaDocument(profilesOf(snapshot, owner, openSecret));
    case 'acl.conf':
      return aclDocument([
        { name: 'carriers', default: 'deny', nodes: carrierNodes(snapshot) },
        // Nobody: phones prove who they are by digest, never by address.
        { name: 'domains', default: 'deny', nodes: [] },
      ]);
    case 'ivr.conf':
      return ivrReply(form.get('Menu-Name'), snapshot);
    default:
      return notFoundDocument();
  }
}

function profilesOf(
  snapshot: Snapshot,
  { row }: SwitchEntry,
  openSecret: OpenSecret,
): readonly SofiaProfileRecord[] {
  const common = { sipIp: row.sipIp, rtpIp: row.rtpIp, codecs: row.codecs };
  const gateways = snapshot.carriers.gateways
    .filter(({ gateway, carrier }) => gateway.status === 'active' && carrier.status === 'active')
    .map((entry) => gatewayRecord(entry, openSecret));
  return [
    {
      ...common,
      name: 'internal',
      kind: 'internal',
      sipPort: row.internalPort,
      context: 'default',
      gateways: [],
    },
    {
      ...common,
      name: 'external',
      kind: 'external',
      sipPort: row.externalPort,
      context: 'public',
      gateways,
    },
  ];
}

function gatewayRecord({ gateway }: GatewayEntry, openSecret: OpenSecret): SofiaGatewayRecord {
  const { realm, username, passwordSealed } = gateway;
  return {
    name: gateway.name,
    proxy: gateway.proxy,
    register: gateway.register,
    ...(realm === null ? {} : { realm }),
    ...(username === null ? {} : { username }),
    ...(passwordSealed === null ? {} : { password: openSecret(passwordSealed) }),
  };
}

function carrierNodes(snapshot: Snapshot): readonly AclNode[] {
  const cidrs = snapshot.carriers.gateways
    .filter(({ carrier }) => carrier.status === 'active')
    .flatMap((entry) => entry.inboundCidrs);
  return [...new Set(cidrs)].map((cidr) => ({ type: 'allow', cidr }));
}

function ivrReply(name: string | undefined, snapshot: Snapshot): string {
  const entry = name === undefined ? undefined : snapshot.numbers.menuByName.get(name);
  return entry === undefined ? notFoundDocument() : ivrDocument([menuRecord(entry)]);
}

function menuRecord({ menu, entries }: MenuEntry): IvrMenuRecord {
  return {
    name: menu.name,
    greetLong: menu.greetLong,
    greetShort: menu.greetShort,
    invalidSound: menu.invalidSound,
    exitSound: menu.exitSound,
    timeoutMs: menu.timeoutMs,
    interDigitTimeoutMs: menu.interDigitTimeoutMs,
    maxFailures: menu.maxFailures,
    maxTimeouts: menu.maxTimeouts,
    digitLength: menu.digitLength,
    entries: entries.map(({ digits, transferTo }) => ({
      action: 'menu-exec-app',
      digits,
      param: `transfer ${transferTo} XML default`,
    })),
  };
}
