import { create } from 'xmlbuilder2';
import { aclDocument } from '../../xml/documents/acl.js';
import { configurationDocument } from '../../xml/documents/configuration.js';
import { dialplanDocument } from '../../xml/documents/dialplan.js';
import { directoryDocument, directoryDomainDocument } from '../../xml/documents/directory.js';
import { ivrDocument } from '../../xml/documents/ivr.js';
import { sofiaDocument } from '../../xml/documents/sofia.js';
import type {
  DirectoryUser,
  IvrEntryRecord,
  IvrMenuRecord,
  SofiaGatewayRecord,
  SofiaProfileRecord,
} from '../../xml/records.js';
import * as samples from './samples.js';

/** One text field of one record: how to build a document with it, and where it must come out. */
export interface Field {
  readonly name: string;
  readonly build: (value: string) => string;
  /** `element@attribute`. */
  readonly target: string;
}

const user = (part: Partial<DirectoryUser>): string =>
  directoryDocument([{ ...samples.anna, ...part }]);

const profile = (part: Partial<SofiaProfileRecord>): string =>
  sofiaDocument([{ ...samples.external, ...part }]);

const gateway = (part: Partial<SofiaGatewayRecord>): string =>
  profile({ gateways: [{ ...samples.registeringGateway, ...part }] });

const menu = (part: Partial<IvrMenuRecord>): string =>
  ivrDocument([{ ...samples.mainMenu, ...part }]);

const entry = (part: Partial<IvrEntryRecord>): string =>
  menu({ entries: [{ action: 'menu-play-sound', digits: '1', param: 'a.wav', ...part }] });

const dialplan = (part: Partial<typeof samples.outbound>): string =>
  dialplanDocument({ ...samples.outbound, ...part });

const field = (name: string, target: string, build: (value: string) => string): Field => ({
  name,
  target,
  build,
});

/** The fields that carry any text; those with a closed form are tested on their own. */
export const FIELDS: readonly Field[] = [
  field('directory domain', 'domain@name', (domain) => user({ domain })),
  field('directory user', 'user@id', (id) => user({ user: id })),
  field('directory cidr', 'user@cidr', (cidr) => user({ cidr })),
  field('directory dial string', 'param@value', (dialString) => user({ dialString })),
  field('directory param value', 'param@value', (value) => user({ params: { x: value } })),
  field('directory param name', 'param@name', (name) => user({ params: { [name]: 'x' } })),
  field('directory variable value', 'variable@value', (x) => user({ variables: { x } })),
  field('directory variable name', 'variable@name', (x) => user({ variables: { [x]: 'x' } })),
  field('lone domain', 'domain@name', (domain) => directoryDomainDocument(domain, [])),
  field('lone domain user', 'user@id', (id) =>
    directoryDomainDocument('acme.example', [{ ...samples.bob, user: id }]),
  ),
  field('dialplan context', 'context@name', (context) => dialplan({ context })),
  field('dialplan extension', 'extension@name', (extension) => dialplan({ extension })),
  field('dialplan action', 'action@data', (data) =>
    dialplan({ actions: [{ application: 'set', data }] }),
  ),
  field('configuration name', 'configuration@name', (name) => configurationDocument(name, {})),
  field('setting value', 'param@value', (x) => configurationDocument('x.conf', { x })),
  field('setting name', 'param@name', (x) => configurationDocument('x.conf', { [x]: 'x' })),
  field('profile name', 'profile@name', (name) => profile({ name })),
  field('profile sip address', 'param@value', (sipIp) => profile({ sipIp })),
  field('profile rtp address', 'param@value', (rtpIp) => profile({ rtpIp })),
  field('profile context', 'param@value', (context) => profile({ context })),
  field('profile codecs', 'param@value', (codecs) => profile({ codecs })),
  field('profile domain', 'param@value', (forceDomain) => profile({ forceDomain })),
  field('gateway proxy', 'param@value', (proxy) => gateway({ proxy })),
  field('gateway realm', 'param@value', (realm) => gateway({ realm })),
  field('gateway from user', 'param@value', (fromUser) => gateway({ fromUser })),
  field('gateway from domain', 'param@value', (fromDomain) => gateway({ fromDomain })),
  field('gateway codecs', 'variable@value', (codecs) => gateway({ codecs })),
  field('list name', 'list@name', (name) => aclDocument([{ ...samples.carriers, name }])),
  field('list address', 'node@cidr', (cidr) =>
    aclDocument([{ ...samples.carriers, nodes: [{ type: 'allow', cidr }] }]),
  ),
  field('menu name', 'menu@name', (name) => menu({ name })),
  field('menu long greeting', 'menu@greet-long', (greetLong) => menu({ greetLong })),
  field('menu short greeting', 'menu@greet-short', (greetShort) => menu({ greetShort })),
  field('menu invalid sound', 'menu@invalid-sound', (invalidSound) => menu({ invalidSound })),
  field('menu exit sound', 'menu@exit-sound', (exitSound) => menu({ exitSound })),
  field('menu entry digits', 'entry@digits', (x) => entry({ digits: `1${x}` })),
  field('menu entry param', 'entry@param', (param) => entry({ param })),
];

/** What `digits` adds in front, so that the field is never blank. */
export function expectedText(target: string, safe: string): string {
  return target === 'entry@digits' ? `1${safe}` : safe;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&gt;': '>',
  '&lt;': '<',
  '&quot;': '"',
};

/**
 * All values of `element@attribute`, each entity decoded once, as FreeSWITCH's parser does. The
 * reader of xmlbuilder2 serves as the second opinion of `readBack`, not as the first: it decodes
 * character references twice, so that it takes the text `&amp;#36;` for `$`.
 */
export function attributeValues(text: string, target: string): string[] {
  const [element = '', attribute = ''] = target.split('@');
  const values: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(`<${element} `)) continue;
    for (const [, name, value = ''] of line.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
      if (name !== attribute) continue;
      values.push(value.replace(/&[a-z]+;/g, (entity) => ENTITIES[entity] ?? 'unknown entity'));
    }
  }
  return values;
}

interface ParsedElement {
  readonly localName: string;
  readonly attributes: Iterable<{ readonly localName: string; readonly value: string }>;
}

/** The same as xmlbuilder2 reads it back. */
export function readBack(text: string, target: string): string[] {
  const values: string[] = [];
  create(text).each(
    ({ node }) => {
      if (node.nodeType !== node.ELEMENT_NODE) return;
      // The node type says that this is an element; the library's own type of it is not exported.
      const element = node as unknown as ParsedElement;
      for (const attribute of element.attributes) {
        if (`${element.localName}@${attribute.localName}` === target) values.push(attribute.value);
      }
    },
    false,
    true,
  );
  return values;
}

const CHARACTER_REFERENCE = /&#(?:x([0-9a-fA-F]+)|([0-9]+));/;

/** Whether xmlbuilder2's reader gives back what was written (see `attributeValues`). */
export function isReadableBack(value: string): boolean {
  return !CHARACTER_REFERENCE.test(value);
}
