import type { CallRequest } from '../calls/call-request.js';
import { isUuid } from '../esl/leg-ended.js';
import { codecsOf } from './offered-codecs.js';
import type { Form } from './parse-form.js';

const CONTEXT = /^[A-Za-z0-9._-]{1,64}$/;

/** The dialplan context asked for; null when there is none that a reply could name. */
export function contextOf(form: Form): string | null {
  const context = form.get('Hunt-Context') ?? form.get('Caller-Context') ?? '';
  return CONTEXT.test(context) ? context : null;
}

/**
 * Reads a dialplan fetch. Only headers FreeSWITCH itself writes are trusted with anything: a caller's
 * SIP headers arrive under `variable_sip_h_…`, never under the names used here. Null when the body
 * names no leg or no context, so that no decision could be kept or answered.
 */
export function callRequestOf(form: Form, switchId: number): CallRequest | null {
  const legUuid = form.get('Unique-ID') ?? form.get('variable_uuid') ?? '';
  const context = contextOf(form);
  const coreUuid = form.get('Core-UUID');
  if (!isUuid(legUuid) || context === null) return null;
  const isDigest = form.get('variable_sip_authorized') === 'true';
  return {
    switchId,
    coreUuid: isUuid(coreUuid) ? coreUuid : '',
    // As FreeSWITCH spells it: its commands and its reports name the leg in no other way.
    legUuid,
    context,
    dialled: form.get('Hunt-Destination-Number') ?? form.get('Caller-Destination-Number') ?? '',
    callerNumber: form.get('Hunt-Caller-ID-Number') ?? form.get('Caller-Caller-ID-Number') ?? '',
    profileCreatedUs: digits(form.get('Hunt-Profile-Created-Time')),
    networkAddress: form.get('Caller-Network-Addr') ?? form.get('Hunt-Network-Addr') ?? '',
    offeredCodecs: codecsOf(form.get('variable_switch_r_sdp') ?? ''),
    triedGatewayIds: idsOf(form.get('variable_rl_tried')),
    hops: idOf(form.get('variable_rl_hops')) ?? 0,
    authenticated: {
      user: isDigest ? (form.get('variable_user_name') ?? null) : null,
      domain: isDigest ? (form.get('variable_domain_name') ?? null) : null,
      profile: form.get('variable_sofia_profile_name') ?? '',
      extensionId: idOf(form.get('variable_rl_ext')),
      didId: idOf(form.get('variable_rl_did')),
    },
  };
}

function digits(text: string | undefined): string {
  return text !== undefined && /^\d{1,20}$/.test(text) ? text : '0';
}

export function idOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Ids joined by dots, as in a mark of ours; anything else is left out. */
export function idsOf(text: string | undefined): readonly number[] {
  const parts = (text ?? '').slice(0, 1024).split('.');
  return parts.flatMap((part) => idOf(part) ?? []);
}
