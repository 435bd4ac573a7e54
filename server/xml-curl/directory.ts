import { directoryDocument, directoryDomainDocument } from '../../xml/documents/directory.js';
import { notFoundDocument } from '../../xml/documents/not-found.js';
import type { DirectoryUser } from '../../xml/records.js';
import { extensionAddress } from '../snapshot/build-areas.js';
import type { ExtensionEntry, Snapshot } from '../snapshot/snapshot.js';
import type { Form } from './parse-form.js';

/** The context phones of every domain dial in; their domain, not the context, keeps tenants apart. */
const PHONE_CONTEXT = 'default';

/**
 * Answers a directory lookup. The hash that authenticates a phone is given for `sip_auth` only; every
 * other purpose learns that the user exists and how to reach it. Unknown users get the not-found
 * document, which makes FreeSWITCH refuse them.
 */
export function directoryReply(form: Form, snapshot: Snapshot): string {
  const domain = (form.get('domain') ?? form.get('key_value') ?? '').toLowerCase();
  const purpose = form.get('purpose') ?? '';
  if (purpose === 'network-list' || purpose === 'gateways') {
    // Phones here authenticate by digest, and carriers have gateways of their own: no users to list.
    return snapshot.accounts.domainNames.has(domain)
      ? directoryDomainDocument(domain, [])
      : notFoundDocument();
  }
  const user = form.get('user');
  if (user === undefined || user === '') {
    return snapshot.accounts.domainNames.has(domain)
      ? directoryDomainDocument(domain, [])
      : notFoundDocument();
  }
  const entry = snapshot.accounts.extensionByAddress.get(extensionAddress(user, domain));
  if (entry === undefined || !mayBeUsed(entry)) return notFoundDocument();
  return directoryDocument([userRecord(entry, form.get('action') ?? '')]);
}

/** A paused extension does not register; one of a suspended account does, to be told why on a call. */
function mayBeUsed({ extension, account }: ExtensionEntry): boolean {
  return extension.status === 'active' && account.status !== 'closed';
}

function userRecord(entry: ExtensionEntry, action: string): DirectoryUser {
  const { extension, account, domain } = entry;
  return {
    domain,
    user: extension.number,
    ...(action === 'sip_auth' ? { a1Hash: extension.a1Hash } : {}),
    dialString: `sofia/internal/${extension.number}%${domain}`,
    variables: {
      user_context: PHONE_CONTEXT,
      accountcode: account.code,
      effective_caller_id_number: extension.number,
      effective_caller_id_name: extension.name,
    },
  };
}
