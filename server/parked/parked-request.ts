import type { CallRequest } from '../calls/call-request.js';
import type { LegParked } from '../calls/reports.js';
import { codecsOf } from '../xml-curl/offered-codecs.js';
import { idOf, idsOf } from '../xml-curl/call-request.js';

const PAYER = /^([A-Za-z0-9._+*#-]{1,64})@([A-Za-z0-9.-]{1,253})$/;
const CONTEXT = /^[A-Za-z0-9._-]{1,64}$/;
const TIME = /^\d{1,20}$/;

/**
 * The same request a dialplan fetch of this leg would be. Who pays is what the switch's own dialplan
 * says: a switch is believed, because it is the one we logged in to. What cannot be the address of an
 * extension names nobody, and so does a leg the switch made itself: its end could not be told from the
 * end of a leg that we caused.
 */
export function parkedRequest(leg: LegParked, switchId: number): CallRequest {
  const [, user = null, domain = null] =
    leg.direction === 'inbound' ? (PAYER.exec(leg.authorize) ?? []) : [];
  return {
    switchId,
    coreUuid: leg.coreUuid,
    legUuid: leg.legUuid,
    context: CONTEXT.test(leg.context) ? leg.context : 'default',
    dialled: leg.dialled,
    callerNumber: leg.callerNumber,
    profileCreatedUs: TIME.test(leg.profileCreatedUs) ? leg.profileCreatedUs : '0',
    networkAddress: leg.networkAddress,
    offeredCodecs: codecsOf(leg.offer),
    triedGatewayIds: idsOf(leg.tried),
    hops: idOf(leg.hops) ?? 0,
    authenticated: {
      user,
      domain,
      // By whatever profile it came: it is a call of the extension that pays, never a carrier's.
      profile: 'parked',
      extensionId: idOf(leg.extension),
      didId: null,
      vouchedBy: 'switch',
    },
  };
}
