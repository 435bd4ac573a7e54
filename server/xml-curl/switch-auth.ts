import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { SwitchEntry, SwitchesSnapshot } from '../snapshot/snapshot.js';

export type SwitchAuth =
  | { readonly kind: 'known'; readonly entry: SwitchEntry }
  | { readonly kind: 'refused'; readonly status: 401 | 403 };

/** Compared against when the user is unknown, so that both cases take the same time. */
const NOBODY = '0'.repeat(64);

/**
 * Which FreeSWITCH server a request comes from: by its Basic credentials and its address, never by
 * the hostname it posts. 401 for credentials, 403 for the right ones from the wrong address.
 */
export function authenticateSwitch(
  request: IncomingMessage,
  switches: SwitchesSnapshot,
): SwitchAuth {
  const credentials = basicCredentials(request.headers.authorization);
  const entry = switches.byHttpUser.get(credentials?.user ?? '');
  const expected = Buffer.from(entry?.row.httpPasswordHash ?? NOBODY, 'hex');
  const given = createHash('sha256')
    .update(credentials?.password ?? '')
    .digest();
  const matches = expected.length === given.length && timingSafeEqual(expected, given);
  if (entry === undefined || credentials === null || !matches) {
    return { kind: 'refused', status: 401 };
  }
  const address = request.socket.remoteAddress ?? '';
  return entry.allowed.has(address) ? { kind: 'known', entry } : { kind: 'refused', status: 403 };
}

function basicCredentials(
  header: string | undefined,
): { readonly user: string; readonly password: string } | null {
  const match = /^Basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(header ?? '');
  if (match?.[1] === undefined) return null;
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
