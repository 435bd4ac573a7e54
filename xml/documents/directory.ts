import type { DirectoryUser } from '../records.js';
import { safeText } from '../safe-text.js';
import { appendElement, appendPairs, documentText, type XmlElement } from './document.js';

/** md5(user:domain:password) in lower-case hex, the only secret a document may hold. */
const A1_HASH = /^[0-9a-f]{32}$/;

/**
 * Parameters that decide authentication, or that voicemail runs as shell commands. They never come
 * from a user's own parameters: the first group is written by this file alone, the second by none.
 */
const RESERVED_PARAMS = new Set([
  'a1-hash',
  'allow-empty-password',
  'dial-string',
  'password',
  'reverse-auth-pass',
  'reverse-auth-user',
  'vm-convert-cmd',
  'vm-convert-ext',
]);

/**
 * Users with what one lookup needs, grouped by domain in order of first appearance. A user without
 * `a1Hash` gets no secret and, as `allow-empty-password` is always false, cannot authenticate.
 *
 * With no users the section is empty: FreeSWITCH then looks in its static files. To refuse a user
 * of a known domain at once, answer `directoryDomainDocument(domain, [])`.
 *
 * @example
 * directoryDocument([{ domain: 'acme.example', user: '1001', a1Hash: '…32 hex digits…' }]);
 */
export function directoryDocument(users: readonly DirectoryUser[]): string {
  const domains = new Map<string, DirectoryUser[]>();
  for (const user of users) {
    const known = domains.get(user.domain);
    if (known === undefined) domains.set(user.domain, [user]);
    else known.push(user);
  }
  return documentText('directory', (section) => {
    for (const [domain, members] of domains) appendDomain(section, domain, members, true);
  });
}

/**
 * One domain for lookups that authenticate nobody (`network-list`, `gateways`, existence of the
 * domain): the same shape, no secrets, empty when there are no users. The users are taken to be of
 * the domain named.
 *
 * @example
 * directoryDomainDocument('acme.example', [
 *   { domain: 'acme.example', user: 'pbx', cidr: '203.0.113.7/32' },
 * ]);
 */
export function directoryDomainDocument(domain: string, users: readonly DirectoryUser[]): string {
  return documentText('directory', (section) => {
    appendDomain(section, domain, users, false);
  });
}

function appendDomain(
  section: XmlElement,
  name: string,
  users: readonly DirectoryUser[],
  withSecrets: boolean,
): void {
  const domain = appendElement(section, 'domain', { name });
  const groups = appendElement(domain, 'groups', {});
  const group = appendElement(groups, 'group', { name: 'default' });
  const list = appendElement(group, 'users', {});
  for (const user of users) appendUser(list, user, withSecrets);
}

function appendUser(list: XmlElement, user: DirectoryUser, withSecrets: boolean): void {
  const element = appendElement(list, 'user', { id: user.user, cidr: user.cidr });
  const params = appendElement(element, 'params', {});
  // FreeSWITCH lets a user without a password in unless this says otherwise, so it always does.
  appendElement(params, 'param', { name: 'allow-empty-password', value: 'false' });
  if (withSecrets && user.a1Hash !== undefined && A1_HASH.test(user.a1Hash)) {
    appendElement(params, 'param', { name: 'a1-hash', value: user.a1Hash });
  }
  if (user.dialString !== undefined) {
    appendElement(params, 'param', { name: 'dial-string', value: user.dialString });
  }
  for (const [name, value] of Object.entries(user.params ?? {})) {
    if (!isReserved(name)) appendElement(params, 'param', { name, value });
  }
  if (user.variables !== undefined) {
    appendPairs(appendElement(element, 'variables', {}), 'variable', user.variables);
  }
}

/** FreeSWITCH compares parameter names without regard to case, after our text was made safe. */
function isReserved(name: string): boolean {
  return RESERVED_PARAMS.has(safeText(name).toLowerCase());
}
