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
 * other purpose learns that the user exists and how to reach it. A user we do not know in a domain of
 * ours is answered by the domain without it, which makes FreeSWITCH refuse at once; the not-found
 * document would send it on to its other bindings and to users left on its disk.
 */
export function directoryReply(form: Form, snapshot: Snapshot): string {
  const domain = (form.get('domain') ?? form.get('key_value') ?? '').toLowerCase();
  if (!snapshot.accounts.domainNames.has(domain)) return notFoundDocument();
  const nobody = () => directoryDomainDocument(domain, []);
  const purpose = form.get('purpose') ?? '';
  // Phones here authenticate by digest, and carriers have gateways of their own: no users to list.
  if (purpose === 'network-list' || purpose === 'gateways') return nobody();
  const address = extensionAddress(form.get('user') ?? '', domain);
  const entry = snapshot.accounts.extensionByAddress.get(address);
  if (entry === undefined || !mayBeUsed(entry, form)) return nobody();
  return directoryDocument([userRecord(entry, form.get('action') ?? '')]);
}

/**
 * A paused extension does not register; one of a suspended account does, to be told why on a call. Any
 * phone may prove who it is to make a call, since the call may be to an emergency number; all others are
 * refused by the dialplan. A mobile extension has no phone of ours: whoever claims to be one is nobody.
 */
function mayBeUsed({ extension, account }: ExtensionEntry, form: Form): boolean {
  if (extension.kind === 'mobile') return false;
  const isCall = form.get('action') === 'sip_auth' && form.get('sip_auth_method') === 'INVITE';
  return isCall || (extension.status === 'active' && account.status !== 'closed');
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
