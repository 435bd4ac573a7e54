import { bridgeString } from '../../xml/dial-string.js';
import { warningTask } from '../../xml/warning-tone.js';
import type { BridgeLeg, DialplanAction, DialplanRecord } from '../../xml/records.js';
import { DEFAULT_STOP_CAUSES } from './cause-table.js';
import type {
  CallTarget,
  DecidedRoute,
  Decision,
  EmergencyGateway,
  RefusalReason,
} from './decision.js';

export interface ReplySettings {
  readonly heartbeatS: number;
  /** How long before money ends a call its talkers are warned; 0 is never. */
  readonly limitWarningS: number;
}

/** How each refusal sounds to a SIP phone. */
const REFUSALS: Readonly<Record<RefusalReason, DialplanAction>> = {
  account_blocked: respond('403 Account Blocked'),
  account_suspended: respond('403 Account Suspended'),
  call_loop: respond('482 Loop Detected'),
  call_over: respond('480 Call Already Ended'),
  carrier_unknown: respond('403 Forbidden'),
  daily_spend_reached: respond('402 Daily Limit Reached'),
  database_unavailable: respond('503 Service Unavailable'),
  destination_blocked: respond('403 Destination Blocked'),
  did_paused: respond('480 Temporarily Unavailable'),
  extension_paused: respond('403 Extension Paused'),
  external_not_allowed: respond('403 External Calls Not Allowed'),
  insufficient_funds: respond('402 Payment Required'),
  internal_error: respond('500 Server Error'),
  new_country: respond('403 Country Not Allowed'),
  night_rule: respond('403 Not Allowed At Night'),
  no_carrier: respond('503 No Route Available'),
  no_lcr_plan: respond('503 No Route Available'),
  no_rate: respond('404 No Rate For Destination'),
  not_authenticated: respond('403 Forbidden'),
  number_unknown: respond('404 Not Found'),
  over_call_limit: respond('486 Too Many Calls'),
  over_call_rate: respond('486 Too Many Calls A Second'),
  price_too_high: respond('403 Price Too High'),
  would_lose_money: respond('503 No Route Available'),
};

/** Between causes in a variable of a dial string, where a comma would end the variable. */
const CAUSE_SEPARATOR = ':';

function respond(data: string): DialplanAction {
  return { application: 'respond', data };
}

/** A positive reject: FreeSWITCH stops here and looks nowhere else. */
export function refusalReply(context: string, reason: RefusalReason): DialplanRecord {
  return { context, extension: `refused-${reason}`, actions: [REFUSALS[reason]] };
}

/**
 * What FreeSWITCH is told to do for a decision. `grantedS` is how long the holds last; the limit on
 * the leg is a second longer, because FreeSWITCH's scheduler counts whole seconds and cuts up to one
 * early (switch_scheduler.c).
 */
export function decisionReply(
  callId: string,
  decision: Decision,
  grantedS: number | null,
  settings: ReplySettings,
): DialplanRecord {
  const marks: DialplanAction[] = [{ application: 'set', data: `rl_call=${callId}` }];
  if (decision.didId !== null) {
    marks.push({ application: 'set', data: `rl_did=${String(decision.didId)}` });
  }
  if (decision.metered === 'caller') {
    // The first one tells whoever hears of this leg that its own time counts (server/esl/leg-ended).
    const metering = meteringVariables(decision, grantedS ?? 0, settings);
    marks.push(...setActions({ rl_metered: 'true', ...metering }));
  }
  const actions =
    decision.routes.length > 0
      ? bridgeActions(callId, decision, grantedS ?? 0, settings)
      : targetActions(callId, decision);
  return {
    context: decision.context,
    extension: `call-${callId}`,
    actions: [...marks, ...actions],
  };
}

function targetActions(callId: string, decision: Decision): readonly DialplanAction[] {
  switch (decision.target?.kind) {
    case 'extension':
      return extensionActions(callId, decision, decision.target);
    case 'menu':
      return [
        { application: 'answer', data: '' },
        { application: 'sleep', data: '500' },
        { application: 'ivr', data: decision.target.name },
        { application: 'hangup', data: 'NORMAL_CLEARING' },
      ];
    case 'echo':
      return [
        { application: 'answer', data: '' },
        { application: 'echo', data: '' },
      ];
    case 'transfer':
      return transferActions(decision, decision.target);
    case 'emergency':
      return emergencyActions(callId, decision, decision.target.gateways);
    case undefined:
      return [respond('500 Server Error')];
  }
}

/** The marks say who pays for the second decision; they hold for what it asks of the channel. */
function transferActions(
  { context }: Decision,
  { to, extensionId, hops }: Extract<CallTarget, { readonly kind: 'transfer' }>,
): readonly DialplanAction[] {
  return [
    ...setActions({ rl_ext: String(extensionId), rl_hops: String(hops) }),
    { application: 'transfer', data: `${to} XML ${context}` },
  ];
}

/** One hunt that no cause ends early, and legs that nothing cuts. */
function emergencyActions(
  callId: string,
  decision: Decision,
  gateways: readonly EmergencyGateway[],
): readonly DialplanAction[] {
  const legs = gateways.map((gateway, index) => ({
    endpoint: `sofia/gateway/${gateway.gatewayName}/${gateway.number}`,
    variables: outsideVariables(callId, decision, { ...gateway, index }),
  }));
  const variables = { sip_cid_type: 'pid' };
  return [
    ...bridgeSettings(decision),
    { application: 'bridge', data: bridgeString({ variables, legs }) },
    { application: 'hangup', data: 'NO_ANSWER' },
  ];
}

function setActions(variables: Readonly<Record<string, string>>): readonly DialplanAction[] {
  return Object.entries(variables).map(([name, value]) => {
    return { application: 'set', data: `${name}=${value}` };
  });
}

function extensionActions(
  callId: string,
  decision: Decision,
  target: { readonly number: string; readonly domain: string },
): readonly DialplanAction[] {
  const leg: BridgeLeg = {
    endpoint: `sofia/internal/${target.number}%${target.domain}`,
    variables: {
      rl_call: callId,
      rl_route: '0',
      ...extensionMark(decision),
      ...callerVariables(decision),
      leg_timeout: String(decision.ringTimeoutS),
    },
  };
  return [
    ...bridgeSettings(decision),
    { application: 'bridge', data: bridgeString({ variables: {}, legs: [leg] }) },
    { application: 'hangup', data: 'NO_ANSWER' },
  ];
}

/**
 * One hunt over all routes where all carriers mean the same by their causes. Where they do not, one
 * bridge for each run of carriers that do: `failure_causes` says which causes end the call there, and
 * any other lets the dialplan go on to the next bridge (switch_channel.c: switch_channel_handle_cause).
 */
function bridgeActions(
  callId: string,
  decision: Decision,
  grantedS: number,
  settings: ReplySettings,
): readonly DialplanAction[] {
  const legs = decision.routes.map((route, index) => ({
    stops: (route.stopCauses ?? DEFAULT_STOP_CAUSES).join(CAUSE_SEPARATOR),
    leg: carrierLeg(callId, decision, route, { index, grantedS, settings }),
  }));
  const hunts = groupRuns(legs);
  return [
    ...bridgeSettings(decision),
    ...hunts.flatMap((hunt, index) => huntActions(hunt, index, hunts.length)),
    // Reached only where FreeSWITCH goes on by itself: nobody answered in time.
    { application: 'hangup', data: 'NO_ANSWER' },
  ];
}

interface Hunt {
  /** Causes that end it, and the call with it. */
  readonly stops: string;
  readonly legs: readonly BridgeLeg[];
}

/** Neighbours with equal causes hunt together, in order. */
function groupRuns(legs: readonly { readonly stops: string; readonly leg: BridgeLeg }[]): Hunt[] {
  const hunts: Hunt[] = [];
  for (const { stops, leg } of legs) {
    const last = hunts.at(-1);
    if (last?.stops === stops) hunts.splice(-1, 1, { stops, legs: [...last.legs, leg] });
    else hunts.push({ stops, legs: [leg] });
  }
  return hunts;
}

function huntActions({ stops, legs }: Hunt, index: number, count: number): DialplanAction[] {
  const variables = {
    sip_cid_type: 'pid',
    // One hunt over its routes, ended early by an answer that no other carrier can change.
    fail_on_single_reject: stops,
  };
  const bridge: DialplanAction = {
    application: 'bridge',
    data: bridgeString({ variables, legs }),
  };
  const isLast = index === count - 1;
  if (!isLast) {
    const causes = stops.replaceAll(CAUSE_SEPARATOR, ',');
    return [{ application: 'set', data: `failure_causes=${causes}` }, bridge];
  }
  // After the last one every cause is the caller's answer.
  return count === 1 ? [bridge] : [{ application: 'unset', data: 'failure_causes' }, bridge];
}

function bridgeSettings(decision: Decision): readonly DialplanAction[] {
  return [
    { application: 'set', data: 'hangup_after_bridge=true' },
    { application: 'set', data: 'originate_continue_on_timeout=true' },
    { application: 'set', data: `call_timeout=${String(decision.ringTimeoutS)}` },
  ];
}

interface LegFacts {
  readonly index: number;
  readonly grantedS: number;
  readonly settings: ReplySettings;
}

function carrierLeg(
  callId: string,
  decision: Decision,
  route: DecidedRoute,
  { index, grantedS, settings }: LegFacts,
): BridgeLeg {
  return {
    endpoint: `sofia/gateway/${route.gatewayName}/${route.number}`,
    variables: {
      ...outsideVariables(callId, decision, { ...route, index }),
      ...meteringVariables(decision, grantedS, settings),
    },
  };
}

interface WayOut {
  readonly index: number;
  readonly codecs: string;
  readonly progressTimeoutS: number;
}

/** Of every leg that leaves by a gateway: marks, caller, how long it may take, codecs. */
function outsideVariables(
  callId: string,
  decision: Decision,
  { index, codecs, progressTimeoutS }: WayOut,
): Readonly<Record<string, string>> {
  return {
    rl_call: callId,
    rl_route: String(index),
    ...extensionMark(decision),
    ...callerVariables(decision),
    leg_progress_timeout: String(progressTimeoutS),
    leg_timeout: String(decision.ringTimeoutS),
    absolute_codec_string: codecs,
  };
}

/**
 * Of the leg that is charged: proof of life, the cut, and a tone before it where money is what ends
 * the call. FreeSWITCH runs every variable that begins with `execute_on_answer`, on a leg that is
 * answered after it was set (switch_channel.c: switch_channel_execute_on).
 */
function meteringVariables(
  { limitedByMoney }: Decision,
  grantedS: number,
  { heartbeatS, limitWarningS }: ReplySettings,
): Readonly<Record<string, string>> {
  const warnS = grantedS - limitWarningS;
  const isWarned = limitedByMoney === true && limitWarningS > 0 && warnS > 0;
  return {
    heartbeat_use_scheduler: 'true',
    enable_heartbeat_events: String(heartbeatS),
    execute_on_answer: `sched_hangup +${String(grantedS + 1)} ALLOTTED_TIMEOUT`,
    ...(isWarned ? { execute_on_answer_2: warningTask(warnS) } : {}),
  };
}

/** Who pays when this leg is transferred onwards: the extension that caused it. */
function extensionMark({ extensionId }: Decision): Readonly<Record<string, string>> {
  return extensionId === null ? {} : { rl_ext: String(extensionId) };
}

function callerVariables(decision: Decision): Readonly<Record<string, string>> {
  return {
    origination_caller_id_number: decision.callerNumber,
    origination_caller_id_name: decision.callerName,
  };
}
