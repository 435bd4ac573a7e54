import type { SofiaGatewayRecord } from '../records.js';
import { isSafeConstant } from '../safe-text.js';
import { appendElement, appendPairs, countText, type XmlElement } from './document.js';

/** FreeSWITCH ignores a gateway whose name has any other character. */
const GATEWAY_NAME = /^[A-Za-z0-9._-]+$/;

export type GatewayProblem =
  | 'invalid_name'
  | 'repeated_name'
  | 'proxy_missing'
  /** It registers, but has no username or no password. */
  | 'credentials_missing'
  /** Its username or password holds a `$` or the like: sent without it, it would be wrong. */
  | 'credentials_uncarriable';

export interface RefusedGateway {
  readonly name: string;
  readonly problem: GatewayProblem;
}

/**
 * The gateways that `sofiaDocument` leaves out, with the reason, for the log. Pass the gateways of
 * all profiles together: FreeSWITCH finds a gateway by its bare name in one table for all profiles,
 * so names must differ across them.
 *
 * @example
 * refusedGateways([{ name: 'carrier A', proxy: 'sip.a.example', register: false }]);
 * // [{ name: 'carrier A', problem: 'invalid_name' }]
 */
export function refusedGateways(gateways: readonly SofiaGatewayRecord[]): RefusedGateway[] {
  const seen = new Set<string>();
  const refused: RefusedGateway[] = [];
  for (const gateway of gateways) {
    const problem = gatewayProblem(gateway, seen);
    if (problem !== undefined) refused.push({ name: gateway.name, problem });
  }
  return refused;
}

/** Appends one gateway unless it must be left out; `seen` holds the names written so far. */
export function appendGateway(
  list: XmlElement,
  gateway: SofiaGatewayRecord,
  options: { readonly context: string; readonly seen: Set<string> },
): void {
  if (gatewayProblem(gateway, options.seen) !== undefined) return;
  const element = appendElement(list, 'gateway', { name: gateway.name });
  appendGatewayParams(element, gateway, options.context);
  if (gateway.codecs !== undefined && gateway.codecs !== '') {
    // A gateway has no codec parameter; a variable on its outbound legs has the same effect.
    const variables = appendElement(element, 'variables', {});
    appendElement(variables, 'variable', {
      name: 'absolute_codec_string',
      value: gateway.codecs,
      direction: 'outbound',
    });
  }
}

/** Parameter names and rules as FreeSWITCH's `parse_gateways` (mod_sofia, 1.11.2) reads them. */
function appendGatewayParams(
  element: XmlElement,
  gateway: SofiaGatewayRecord,
  context: string,
): void {
  const optional = {
    realm: gateway.realm,
    username: gateway.username,
    password: gateway.password,
    'from-user': gateway.fromUser,
    'from-domain': gateway.fromDomain,
  };
  appendPairs(element, 'param', {
    proxy: gateway.proxy,
    register: String(gateway.register),
    ...present(optional),
    'caller-id-in-from': 'true',
    // The contact stays `gw+<name>`, which leads a carrier's call back to this gateway; `auto` then
    // takes the number from To, and from the request line when the carrier put a number there.
    'extension-in-contact': 'false',
    extension: 'auto',
    context,
    // FreeSWITCH replaces less than 5 seconds by an hour; a carrier was meant to be asked often.
    ...(gateway.expireSeconds !== undefined && {
      'expire-seconds': countText(Math.max(gateway.expireSeconds, 5)),
    }),
    'retry-seconds': '30',
    ...pingParams(gateway.pingSeconds),
  });
}

/** Three lost answers in a row take a gateway down, one answer brings it back by one step. */
function pingParams(seconds: number | undefined): Record<string, string> {
  if (seconds === undefined || !(seconds > 0)) return {};
  // FreeSWITCH refuses to ping more often than every 5 seconds.
  return { ping: countText(Math.max(seconds, 5)), 'ping-max': '3', 'ping-min': '1' };
}

/** An empty parameter is left out: FreeSWITCH would read some of them as set. */
function present(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** Also remembers the name in `seen` when nothing is wrong. */
function gatewayProblem(
  gateway: SofiaGatewayRecord,
  seen: Set<string>,
): GatewayProblem | undefined {
  const { username = '', password = '' } = gateway;
  if (!GATEWAY_NAME.test(gateway.name)) return 'invalid_name';
  if (seen.has(gateway.name)) return 'repeated_name';
  if (gateway.proxy === '') return 'proxy_missing';
  // Without registration FreeSWITCH needs neither; it then names itself in From.
  if (gateway.register && (username === '' || password === '')) return 'credentials_missing';
  if (!isSafeConstant(username) || !isSafeConstant(password)) return 'credentials_uncarriable';
  seen.add(gateway.name);
  return undefined;
}
