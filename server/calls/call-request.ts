import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/**
 * The facts of a dialplan fetch that a decision may rest on. `authenticated` holds what FreeSWITCH
 * itself established; the rest is what somebody dialled or displayed.
 */
export interface CallRequest {
  readonly switchId: number;
  readonly coreUuid: string;
  readonly legUuid: string;
  readonly context: string;
  /** As dialled; anything at all. */
  readonly dialled: string;
  readonly callerNumber: string;
  /** When this visit to the dialplan began: a transfer has another value, a repeated fetch the same. */
  readonly profileCreatedUs: string;
  readonly networkAddress: string;
  /** Names of the codecs the caller offers, in capitals; null where its offer is not known. */
  readonly offeredCodecs: readonly string[] | null;
  /** Gateways by which this leg was tried already, and in vain, before it came back. */
  readonly triedGatewayIds: readonly number[];
  /** How often extensions have sent this leg on, by our own mark; absent is never. */
  readonly hops?: number;
  readonly authenticated: AuthenticatedFacts;
}

export interface AuthenticatedFacts {
  /** Digest user and domain, when the INVITE was authenticated by us through the directory. */
  readonly user: string | null;
  readonly domain: string | null;
  /** The profile the call came in on, as FreeSWITCH names it. */
  readonly profile: string;
  /** Our own marks on the channel from an earlier decision. No SIP header can set them. */
  readonly extensionId: number | null;
  readonly didId: number | null;
  /** Present where the user was named by the switch's own dialplan and no digest was asked for. */
  readonly vouchedBy?: 'switch';
}

/**
 * Names one visit of one leg to the dialplan, so that asking again finds the first decision, and a
 * transfer of the same leg is a new one.
 */
export function decisionKeyOf(request: CallRequest): string {
  const dialled = request.dialled.replace(/[^\x21-\x7e]/g, '?');
  return `${request.legUuid}:${request.profileCreatedUs}:${dialled}`.slice(0, 190);
}

/**
 * The id of the call that is decided under a key: made from the key, so that a switch that asked a
 * second node, because the first was slow, gets the id under which the first stores the decision. It
 * begins with the time of the visit, as a uuid of version 7 does, so that calls lie in order.
 */
export function callIdOf(request: CallRequest): string {
  const random = createHash('sha256').update(decisionKeyOf(request)).digest();
  return uuidv7({ msecs: Math.floor(Number(request.profileCreatedUs) / 1000), random });
}
