import type { SofiaProfileRecord } from '../records.js';
import { configurationText } from './configuration.js';
import { appendElement, appendPairs, countText, type XmlElement } from './document.js';
import { appendGateway } from './gateways.js';

/** The network list (`aclDocument`) whose addresses alone may call in on an external profile. */
export const CARRIER_LIST = 'carriers';

/** For every profile. Names are those mod_sofia 1.11.2 reads; the README says why each is here. */
const COMMON_SETTINGS = {
  dialplan: 'XML',
  'rtp-timer-name': 'soft',
  'inbound-codec-negotiation': 'generous',
  'inbound-late-negotiation': 'true',
  'enable-chat': 'false',
  'auth-calls': 'true',
  'auth-messages': 'true',
  'auth-subscriptions': 'true',
  'auth-all-packets': 'false',
  'accept-blind-reg': 'false',
  'accept-blind-auth': 'false',
  'inbound-reg-force-matching-username': 'true',
  'log-auth-failures': 'true',
  'nonce-ttl': '60',
  'manual-redirect': 'true',
} as const;

/** Carriers: known addresses only, no registrations, no transfers at a carrier's request. */
const EXTERNAL_SETTINGS = {
  'apply-inbound-acl': CARRIER_LIST,
  'auth-calls-acl-only': 'true',
  'disable-register': 'true',
  'disable-transfer': 'true',
  'manage-presence': 'false',
} as const;

/** Phones: behind any NAT, with message lamps. */
const INTERNAL_SETTINGS = {
  'apply-nat-acl': 'nat.auto',
  'manage-presence': 'true',
} as const;

/**
 * `sofia.conf` with the profiles given: all of them at start, one when FreeSWITCH asks for
 * `profile=<name>`. Gateways that FreeSWITCH would refuse are left out (see `refusedGateways`).
 *
 * @example
 * sofiaDocument([internalProfile, externalProfile]);
 */
export function sofiaDocument(profiles: readonly SofiaProfileRecord[]): string {
  const seen = new Set<string>();
  return configurationText('sofia.conf', (configuration) => {
    const global = appendElement(configuration, 'global_settings', {});
    appendPairs(global, 'param', { 'log-level': '0', 'debug-presence': '0' });
    const list = appendElement(configuration, 'profiles', {});
    for (const profile of profiles) appendProfile(list, profile, seen);
  });
}

function appendProfile(list: XmlElement, profile: SofiaProfileRecord, seen: Set<string>): void {
  const element = appendElement(list, 'profile', { name: profile.name });
  const gateways = appendElement(element, 'gateways', {});
  for (const gateway of profile.gateways) {
    // A carrier's call that names its gateway must land where the profile's other calls land.
    appendGateway(gateways, gateway, { context: profile.context, seen });
  }
  appendPairs(appendElement(element, 'settings', {}), 'param', profileSettings(profile));
}

function profileSettings(profile: SofiaProfileRecord): Record<string, string> {
  return {
    context: profile.context,
    'sip-ip': profile.sipIp,
    'sip-port': countText(profile.sipPort),
    'rtp-ip': profile.rtpIp,
    'inbound-codec-prefs': profile.codecs,
    'outbound-codec-prefs': profile.codecs,
    ...COMMON_SETTINGS,
    ...(profile.kind === 'external' ? EXTERNAL_SETTINGS : INTERNAL_SETTINGS),
    ...domainSettings(profile.forceDomain),
  };
}

/** With one domain, what the phone claims is ignored; else its From names the domain. */
function domainSettings(forceDomain: string | undefined): Record<string, string> {
  if (forceDomain === undefined || forceDomain === '') return { 'challenge-realm': 'auto_from' };
  return {
    'challenge-realm': forceDomain,
    'force-register-domain': forceDomain,
    'force-register-db-domain': forceDomain,
    'force-subscription-domain': forceDomain,
  };
}
