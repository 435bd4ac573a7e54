import { join } from 'node:path';
import { type EventHeaders, headerText } from '../../server/esl/event-headers.js';
import type { LegKind } from './leg.js';
import { OWN_RECORDINGS, readScenario, type RecordedEvent } from './recording.js';
import { compileTemplate, markTokens, slot, type TextTemplate } from './text-template.js';

/** The events a leg can send, and its dump. */
export type LegEventName =
  | 'CHANNEL_ANSWER'
  | 'CHANNEL_BRIDGE'
  | 'CHANNEL_DATA'
  | 'CHANNEL_HANGUP'
  | 'CHANNEL_HANGUP_COMPLETE'
  | 'SESSION_HEARTBEAT';

export interface LegTemplates {
  readonly events: Readonly<Record<LegEventName, TextTemplate>>;
  /** Body of a JSON call detail record. */
  readonly cdr: TextTemplate;
}

/** Each text ends where the leg's own variables follow, then `}`. */
export interface Templates {
  readonly answered: Readonly<Record<LegKind, LegTemplates>>;
  /** For a leg that never answered; where nothing was recorded, the answered one serves. */
  readonly unanswered: Readonly<Record<LegKind, LegTemplates>>;
  readonly heartbeat: TextTemplate;
}

interface Source {
  readonly scenario: string;
  readonly direction: 'inbound' | 'outbound';
  readonly tokens: Readonly<Record<string, string>>;
}

const DOMAIN = { 'acme.example': 'domain' };

const ANSWERED: Readonly<Record<LegKind, Source>> = {
  phone: {
    scenario: '05-outbound-answered',
    direction: 'inbound',
    tokens: { ...DOMAIN, '33142278186': 'number', '1001': 'caller' },
  },
  gateway: {
    scenario: '05-outbound-answered',
    direction: 'outbound',
    tokens: { ...DOMAIN, '33142278186': 'number', '1001': 'caller', carrierB: 'gateway' },
  },
  carrier: {
    scenario: '10-inbound-did-to-extension',
    direction: 'inbound',
    tokens: {
      ...DOMAIN,
      '972365987456': 'number',
      '447911123456': 'caller',
      '1002': 'otherNumber',
    },
  },
  extension: {
    scenario: '03-internal-call-answered',
    direction: 'outbound',
    tokens: { ...DOMAIN, '1002': 'number', '1001': 'caller' },
  },
};

const UNANSWERED: Partial<Readonly<Record<LegKind, Source>>> = {
  phone: {
    scenario: '16-both-carriers-fail-busy',
    direction: 'inbound',
    tokens: { ...DOMAIN, '447700900999': 'number', '1001': 'caller' },
  },
  gateway: {
    scenario: '16-both-carriers-fail-busy',
    direction: 'outbound',
    tokens: { ...DOMAIN, '447700900999': 'number', '1001': 'caller', carrierA: 'gateway' },
  },
};

const TIME_SLOTS: Readonly<Record<string, string>> = {
  start: 'start',
  profile_start: 'start',
  progress: 'progress',
  progress_media: 'media',
  answer: 'answer',
  bridge: 'bridge',
  end: 'end',
};

const SPAN_SLOTS: Readonly<Record<string, string>> = {
  '': 'duration',
  bill: 'bill',
  flow_bill: 'duration',
  progress: 'progress',
  progress_media: 'media',
  answer: 'answer',
  wait: 'wait',
};

const HEADER_SLOTS: Readonly<Record<string, string>> = {
  'Event-Date-Timestamp': 'nowUs',
  'Event-Date-Local': 'nowLocal',
  'Event-Date-GMT': 'nowGmt',
  'Event-Sequence': 'sequence',
  'Caller-Profile-Created-Time': 'startUs',
  'Caller-Channel-Created-Time': 'startUs',
  'Caller-Channel-Answered-Time': 'answerUs',
  'Caller-Channel-Progress-Time': 'progressUs',
  'Caller-Channel-Progress-Media-Time': 'mediaUs',
  'Caller-Channel-Hangup-Time': 'endUs',
  'Caller-Channel-Bridged-Time': 'bridgeUs',
  'Hangup-Cause': 'cause',
  variable_hangup_cause: 'cause',
  variable_hangup_cause_q850: 'q850',
  variable_sip_invite_stamp: 'startUs',
  'variable_Event-Date-Timestamp': 'startUs',
};

/** What the simulated leg says for itself, so the recorded value must go. */
const OWN_VARIABLES = new RegExp(
  '^variable_(accountcode|user_context|effective_caller_id_number|carrier_id|leg_timeout|' +
    'call_timeout|hangup_after_bridge|continue_on_fail|current_application(_data)?|' +
    'originated_legs|originate_causes|originate_disposition|originate_failed_cause|DIALSTATUS|' +
    'sip_(hangup_disposition|hangup_phrase|term_status|term_cause|invite_failure_\\w+)|' +
    'proto_specific_hangup_cause|endpoint_disposition|rl_\\w+|' +
    'last_bridge_hangup_cause|last_bridge_proto_specific_hangup_cause|bridge_hangup_cause)$',
);

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Builds all templates from recorded events. */
export function loadTemplates(recordings = OWN_RECORDINGS): Templates {
  const answered = mapKinds((kind) => legTemplates(recordings, ANSWERED[kind], null));
  const unanswered = mapKinds((kind) => {
    const source = UNANSWERED[kind];
    return source === undefined ? answered[kind] : legTemplates(recordings, source, answered[kind]);
  });
  return { answered, unanswered, heartbeat: heartbeatTemplate(recordings) };
}

function mapKinds(make: (kind: LegKind) => LegTemplates): Readonly<Record<LegKind, LegTemplates>> {
  return {
    phone: make('phone'),
    gateway: make('gateway'),
    carrier: make('carrier'),
    extension: make('extension'),
  };
}

function legTemplates(
  recordings: string,
  source: Source,
  fallback: LegTemplates | null,
): LegTemplates {
  const events = readScenario(join(recordings, source.scenario)).events;
  const find = (name: string): RecordedEvent | undefined =>
    events.find(
      (event) =>
        event.name === name && headerText(event.headers, 'Call-Direction') === source.direction,
    );
  const compile = (recorded: string, name: LegEventName): TextTemplate => {
    const event = find(recorded);
    if (event !== undefined) return eventTemplate(event.headers, name, source.tokens);
    if (fallback !== null) return fallback.events[name];
    throw new Error(`${source.scenario}: no ${recorded} of an ${source.direction} leg`);
  };
  const complete = find('CHANNEL_HANGUP_COMPLETE');
  if (complete === undefined) throw new Error(`${source.scenario}: no CHANNEL_HANGUP_COMPLETE`);
  return {
    events: {
      CHANNEL_ANSWER: compile('CHANNEL_ANSWER', 'CHANNEL_ANSWER'),
      CHANNEL_DATA: compile('CHANNEL_ANSWER', 'CHANNEL_DATA'),
      SESSION_HEARTBEAT: compile('CHANNEL_ANSWER', 'SESSION_HEARTBEAT'),
      CHANNEL_BRIDGE: compile(
        source.direction === 'inbound' ? 'CHANNEL_BRIDGE' : 'CHANNEL_ANSWER',
        'CHANNEL_BRIDGE',
      ),
      CHANNEL_HANGUP: compile('CHANNEL_HANGUP', 'CHANNEL_HANGUP'),
      CHANNEL_HANGUP_COMPLETE: compile('CHANNEL_HANGUP_COMPLETE', 'CHANNEL_HANGUP_COMPLETE'),
    },
    cdr: cdrTemplate(complete.headers, source.tokens),
  };
}

function eventTemplate(
  headers: EventHeaders,
  name: LegEventName,
  tokens: Readonly<Record<string, string>>,
): TextTemplate {
  const marked = markHeaders(headers, tokens);
  marked['Event-Name'] = name;
  return compileTemplate(JSON.stringify(marked).slice(0, -1));
}

function heartbeatTemplate(recordings: string): TextTemplate {
  const scenario = readScenario(join(recordings, '06-outbound-cut-by-sched-hangup'));
  const event = scenario.events.find(({ name }) => name === 'HEARTBEAT');
  if (event === undefined) throw new Error(`${scenario.name}: no HEARTBEAT`);
  const marked = markHeaders(event.headers, {});
  marked['Session-Count'] = slot('sessionCount');
  return compileTemplate(JSON.stringify(marked));
}

/** The event's headers with slots for everything that differs from call to call. */
function markHeaders(
  headers: EventHeaders,
  tokens: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = headerText(headers, 'Unique-ID');
  const core = headerText(headers, 'Core-UUID');
  const marked: Record<string, string> = {};
  for (const [key, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || OWN_VARIABLES.test(key)) continue;
    const slotName = HEADER_SLOTS[key] ?? variableSlot(key);
    if (slotName !== null) {
      marked[key] = slot(slotName);
      continue;
    }
    const uuidsMarked = value.replaceAll(UUID, (uuid) =>
      slot(uuid === own ? 'uuid' : uuid === core ? 'coreUuid' : 'otherUuid'),
    );
    marked[key] = markTokens(uuidsMarked, tokens);
  }
  return marked;
}

function variableSlot(key: string): string | null {
  const time = /^variable_(\w+)_(uepoch|epoch|stamp)$/.exec(key);
  const timeName = TIME_SLOTS[time?.[1] ?? 'none'];
  if (timeName !== undefined) {
    return timeName + { uepoch: 'Us', epoch: 'S', stamp: 'Stamp' }[time?.[2] ?? 'uepoch'];
  }
  const total = /^variable_(m|u|)duration$/.exec(key);
  if (total !== null) return `duration${spanUnit(total[1] ?? '')}`;
  const span = /^variable_(\w+?)_?(m|u|)sec$/.exec(key);
  const spanName = SPAN_SLOTS[span?.[1] ?? 'none'];
  return spanName === undefined ? null : `${spanName}${spanUnit(span?.[2] ?? '')}`;
}

function spanUnit(prefix: string): string {
  return prefix === 'm' ? 'SpanMs' : prefix === 'u' ? 'SpanUs' : 'SpanS';
}

/**
 * The JSON of mod_format_cdr (switch_ivr.c: switch_ivr_generate_json_cdr), its `variables` last so
 * that the leg's own can follow.
 */
function cdrTemplate(
  headers: EventHeaders,
  tokens: Readonly<Record<string, string>>,
): TextTemplate {
  const marked = markHeaders(headers, tokens);
  const variables = Object.fromEntries(
    Object.entries(marked)
      .filter(([key]) => key.startsWith('variable_'))
      .map(([key, value]) => [key.slice('variable_'.length), value]),
  );
  const { direction } = variables;
  const head = {
    'core-uuid': slot('coreUuid'),
    switchname: marked['FreeSWITCH-Switchname'],
    channel_data: { state: 'CS_REPORTING', direction, state_number: '11' },
    callStats: { audio: { inbound: {}, outbound: {} } },
    app_log: { applications: [] },
    callflow: [{ dialplan: 'XML', profile_index: '1', ...callflow(marked) }],
  };
  const open = JSON.stringify(head).slice(0, -1);
  return compileTemplate(`${open},"variables":${JSON.stringify(variables).slice(0, -1)}`);
}

function callflow(marked: Readonly<Record<string, string>>): object {
  return {
    caller_profile: {
      username: marked['Caller-Username'],
      dialplan: 'XML',
      caller_id_name: slot('caller'),
      ani: slot('caller'),
      aniii: '',
      caller_id_number: slot('caller'),
      network_addr: marked['Caller-Network-Addr'],
      rdnis: '',
      destination_number: slot('number'),
      uuid: slot('uuid'),
      source: 'mod_sofia',
      context: marked['Caller-Context'],
      chan_name: marked['Channel-Name'],
    },
    times: {
      created_time: slot('startUs'),
      profile_created_time: slot('startUs'),
      progress_time: slot('progressUs'),
      progress_media_time: slot('mediaUs'),
      answered_time: slot('answerUs'),
      bridged_time: slot('bridgeUs'),
      last_hold_time: '0',
      hold_accum_time: '0',
      hangup_time: slot('endUs'),
      resurrect_time: '0',
      transfer_time: '0',
    },
  };
}
