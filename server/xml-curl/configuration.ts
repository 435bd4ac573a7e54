import { aclDocument } from '../../xml/documents/acl.js';
import { refusedGateways } from '../../xml/documents/gateways.js';
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

export interface ConfigurationOptions {
  readonly openSecret: OpenSecret;
  /** Told of each gateway that is left out of the answer, and why. */
  readonly onGatewayLeftOut: (name: string, problem: string) => void;
}

/** Answers a configuration file by name; whatever we do not own is left to the switch's own files. */
export function configurationReply(
  form: Form,
  snapshot: Snapshot,
  owner: SwitchEntry,
  options: ConfigurationOptions,
): string {
  switch (form.get('key_value')) {
    case 'sofia.conf':
      return sofiaDocument(profilesOf(snapshot, owner, options));
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
  options: ConfigurationOptions,
): readonly SofiaProfileRecord[] {
  const common = { sipIp: row.sipIp, rtpIp: row.rtpIp, codecs: row.codecs };
  const gateways = snapshot.carriers.gateways
    .filter(({ gateway, carrier }) => gateway.status === 'active' && carrier.status === 'active')
    .flatMap((entry) => gatewayRecords(entry, options));
  for (const { name, problem } of refusedGateways(gateways)) {
    options.onGatewayLeftOut(name, problem);
  }
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

/** One whose password cannot be read is left out: the others, and both profiles, go on without it. */
function gatewayRecords(
  { gateway }: GatewayEntry,
  options: ConfigurationOptions,
): readonly SofiaGatewayRecord[] {
  const { name, proxy, register, realm, username, passwordSealed } = gateway;
  const record = {
    name,
    proxy,
    register,
    ...(realm === null ? {} : { realm }),
    ...(username === null ? {} : { username }),
  };
  if (passwordSealed === null) return [record];
  try {
    return [{ ...record, password: options.openSecret(passwordSealed) }];
  } catch {
    options.onGatewayLeftOut(name, 'password_unreadable');
    return [];
  }
}

function carrierNodes(snapshot: Snapshot): readonly AclNode[] {
  const cidrs = snapshot.carriers.gateways
    .filter(({ carrier }) => carrier.status === 'active')
    .flatMap((entry) => entry.inbound.cidrs);
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
