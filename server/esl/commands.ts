import { randomUUID } from 'node:crypto';
import { WARNING_TONE } from '../../xml/warning-tone.js';
import type { LegIdentity, LegParked } from '../calls/reports.js';
import { decodeIdentity, decodeParked, headerMicroseconds } from './decode-event.js';
import { EslError } from './esl-error.js';
import { type EventHeaders, headerText, parseJsonEvent } from './event-headers.js';
import { isUuid } from './leg-ended.js';

/** One row of `show channels`: enough to know that a leg lives, and since when. */
export interface ChannelSummary {
  readonly legUuid: string;
  readonly direction: string;
  /** UTC epoch seconds, as the switch's own table keeps it. */
  readonly createdS: number;
  /** `CS_EXECUTE`, `CS_EXCHANGE_MEDIA`, … */
  readonly state: string;
  /** `RINGING`, `ACTIVE`, `HELD`, … */
  readonly callState: string;
  readonly destination: string;
  readonly callerNumber: string;
  /** The dialplan application it is in, such as `bridge` or `park`. */
  readonly application: string;
}

/** A living leg, as `uuid_dump` shows it. Times are UTC epoch microseconds, 0 for not yet. */
export interface LegSnapshot {
  readonly identity: LegIdentity;
  readonly startUs: number;
  readonly progressUs: number;
  readonly answerUs: number;
  /** When the switch wrote the snapshot. */
  readonly atUs: number;
  /** All headers, variables prefixed with `variable_`. */
  readonly headers: EventHeaders;
}

/** A gateway as `sofia xmlstatus gateway` shows it. */
export interface GatewaySummary {
  readonly name: string;
  /** The state of its registration: `REGED`, `NOREG`, `TRYING`, `FAIL_WAIT`, … */
  readonly state: string;
  /** Whether the switch sends calls to it. */
  readonly isUp: boolean;
}

/**
 * What the engine may ask of a switch. Every promise rejects with an EslError when the switch does
 * not answer in time, goes away or refuses; a leg that is already gone is a value, not an error.
 */
export interface EslCommands {
  /** All living channels; up to a second stale, because the switch's table is written behind. */
  showChannels(): Promise<readonly ChannelSummary[]>;
  /** Null when the leg is gone. */
  uuidDump(legUuid: string): Promise<LegSnapshot | null>;
  /** Ends a leg with a cause such as `ALLOTTED_TIMEOUT`. False when it is gone. */
  killLeg(legUuid: string, cause: string): Promise<boolean>;
  /** Replaces the leg's time limit. False when the leg is gone. */
  limitLeg(legUuid: string, limit: LegLimit): Promise<boolean>;
  /**
   * Takes a leg out of whatever it does and has it carry out the applications of an inline dialplan
   * (`xml/inline-dialplan`). False when the leg is gone.
   */
  runInline(legUuid: string, dialplan: string): Promise<boolean>;
  /** A leg as it waits to be decided; null when it is gone, or not parked for us. */
  parkedLeg(legUuid: string): Promise<LegParked | null>;
  /** Sets a variable of a leg to a word. False when the leg is gone. */
  markLeg(legUuid: string, name: string, word: string): Promise<boolean>;
  /** All gateways of all profiles. */
  gateways(): Promise<readonly GatewaySummary[]>;
  /** `sofia profile NAME rescan`: new gateways and settings, no call is dropped. */
  profileRescan(profile: string): Promise<void>;
  reloadXml(): Promise<void>;
  reloadAcl(): Promise<void>;
  /** The id of the switch's present run; a restart changes it. */
  coreUuid(): Promise<string>;
  version(): Promise<string>;
  /** Now, by the switch's own clock, with which it stamps legs and events. UTC microseconds. */
  nowUs(): Promise<number>;
}

export interface LegLimit {
  /**
   * Whole seconds from now, at least 1. The switch counts from the whole second it is in, so it cuts
   * up to one second early: count from there too, or ask for one more than was paid for.
   */
  readonly seconds: number;
  /** Seconds between SESSION_HEARTBEAT events from now on; 0 for none. */
  readonly heartbeatSeconds: number;
  /** Whole seconds until a tone warns of the end, at least 1; without it an earlier warning is off. */
  readonly warnSeconds?: number;
}

/** How the commands reach the switch. `background` resolves with the job's output. */
export interface CommandChannel {
  api(command: string): Promise<string>;
  background(command: string, jobUuid: string): Promise<string>;
}

const LONGEST_LIMIT_S = 7 * 24 * 3600;

/** Commands over a channel. Arguments are checked here; replies are checked here. */
export function createCommands(channel: CommandChannel): EslCommands {
  // `background` runs on a thread of its own. Plain `api` holds up the connection's events while it
  // runs, but keeps order, which the limit commands need.
  const slow = (command: string): Promise<string> => channel.background(command, randomUUID());
  return {
    showChannels: async () => parseChannels(await slow('show channels as json')),
    uuidDump: async (legUuid) =>
      parseDump(await channel.api(`uuid_dump ${checkedUuid(legUuid)} json`)),
    killLeg: async (legUuid, cause) =>
      isDone(await channel.api(`uuid_kill ${checkedUuid(legUuid)} ${checkedCause(cause)}`)),
    limitLeg: (legUuid, limit) => limitLeg(channel, checkedUuid(legUuid), limit),
    parkedLeg: async (legUuid) => {
      const dump = parseDump(await channel.api(`uuid_dump ${checkedUuid(legUuid)} json`));
      return dump === null ? null : decodeParked(dump.headers);
    },
    runInline: async (legUuid, dialplan) =>
      isDone(await channel.api(`uuid_transfer ${checkedUuid(legUuid)} ${quoted(dialplan)} inline`)),
    markLeg: async (legUuid, name, word) =>
      isDone(
        await channel.api(
          `uuid_setvar ${checkedUuid(legUuid)} ${checkedName(name)} ${checkedName(word)}`,
        ),
      ),
    gateways: async () => parseGateways(await slow('sofia xmlstatus gateway')),
    profileRescan: async (profile) =>
      mustSucceed(await slow(`sofia profile ${checkedName(profile)} rescan`)),
    reloadXml: async () => mustSucceed(await slow('reloadxml')),
    reloadAcl: async () => mustSucceed(await slow('reloadacl')),
    coreUuid: async () => parseCoreUuid(await channel.api('global_getvar core_uuid')),
    version: async () => mustAnswer(await channel.api('version')),
    // Without a date it tells the present (mod_dptools.c: strmicroepoch_api_function).
    nowUs: async () => parseMicroseconds(await channel.api('strmicroepoch')),
  };
}

/**
 * All commands in one write. `sched_del` removes every task of the leg: its earlier limit and warning,
 * but also its heartbeat, so the limit comes right after it and the heartbeat is armed again. They are not
 * awaited one by one: were the connection lost in between, the leg would be left without a limit.
 *
 * The form `uuid_session_heartbeat UUID sched N` is avoided: it ignores N and, on a leg that never
 * had a heartbeat, fires every second (switch_core_session.c: switch_core_session_sched_heartbeat).
 */
async function limitLeg(
  channel: CommandChannel,
  legUuid: string,
  limit: LegLimit,
): Promise<boolean> {
  const seconds = checkedSeconds(limit.seconds, 1);
  const heartbeat = checkedSeconds(limit.heartbeatSeconds, 0);
  const { warnSeconds } = limit;
  const warning = warnSeconds === undefined ? null : checkedSeconds(warnSeconds, 1);
  const [deleted, limited, armed, warned] = await Promise.allSettled([
    channel.api(`sched_del ${legUuid}`),
    channel.api(`sched_hangup +${seconds} ${legUuid} ALLOTTED_TIMEOUT`),
    heartbeat === 0
      ? Promise.resolve('+OK')
      : channel.api(`uuid_session_heartbeat ${legUuid} ${heartbeat}`),
    warning === null
      ? Promise.resolve('+OK')
      : channel.api(`sched_broadcast +${warning} ${legUuid} ${WARNING_TONE} both`),
  ]);
  const isLimited = isDone(settledText(limited));
  if (isLimited) {
    mustSucceed(settledText(deleted));
    isDone(settledText(armed));
    isDone(settledText(warned));
  }
  return isLimited;
}

function settledText(result: PromiseSettledResult<string>): string {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** True for +OK, false for a leg that is gone. @throws EslError refused for anything else. */
function isDone(reply: string): boolean {
  if (reply.startsWith('+OK')) return true;
  if (/^-ERR (No such|Cannot locate)/i.test(reply)) return false;
  throw refused(reply);
}

function mustSucceed(reply: string): void {
  // `reloadxml` answers "+OK [Success]", `sofia profile X rescan` "Reload XML [Success]\n+OK scan…".
  if (!/^\+OK/m.test(reply)) throw refused(reply);
}

function mustAnswer(reply: string): string {
  const text = reply.trim();
  if (text === '' || text.startsWith('-')) throw refused(reply);
  return text;
}

function refused(reply: string): EslError {
  return new EslError('refused', `the switch answered: ${reply.trim().slice(0, 200)}`);
}

function parseCoreUuid(reply: string): string {
  const text = mustAnswer(reply);
  if (isUuid(text)) return text;
  throw new EslError('malformed_reply', 'global_getvar core_uuid gave no uuid');
}

function parseMicroseconds(reply: string): number {
  const text = mustAnswer(reply);
  // Sixteen digits until the year 2286.
  if (/^\d{16}$/.test(text)) return Number(text);
  throw new EslError('malformed_reply', 'strmicroepoch gave no time');
}

function parseDump(reply: string): LegSnapshot | null {
  if (reply.startsWith('-')) {
    isDone(reply);
    return null;
  }
  const headers = parseJsonEvent(reply);
  const identity = headers === null ? null : decodeIdentity(headers);
  if (headers === null || identity === null) {
    throw new EslError('malformed_reply', 'uuid_dump gave no leg');
  }
  return {
    identity,
    startUs: headerMicroseconds(headers, 'Caller-Channel-Created-Time'),
    progressUs: headerMicroseconds(headers, 'Caller-Channel-Progress-Time'),
    answerUs: headerMicroseconds(headers, 'Caller-Channel-Answered-Time'),
    atUs: headerMicroseconds(headers, 'Event-Date-Timestamp'),
    headers,
  };
}

/** `rows` is absent when there is no channel (mod_commands.c: show_as_json). */
function parseChannels(reply: string): readonly ChannelSummary[] {
  if (reply.startsWith('-')) throw refused(reply);
  const table = parseJsonEvent(reply);
  if (table === null) throw new EslError('malformed_reply', 'show channels gave no JSON object');
  const rows: unknown = table['rows'] ?? [];
  if (!Array.isArray(rows)) throw new EslError('malformed_reply', 'show channels gave no rows');
  return rows.flatMap((row: unknown) => {
    // Rows are objects of text fields; every field is checked by headerText.
    const summary = typeof row === 'object' && row !== null ? channelOf(row as EventHeaders) : null;
    return summary === null ? [] : [summary];
  });
}

function channelOf(row: EventHeaders): ChannelSummary | null {
  const legUuid = headerText(row, 'uuid');
  if (!isUuid(legUuid)) return null;
  const text = (name: string): string => headerText(row, name) ?? '';
  return {
    legUuid,
    direction: text('direction'),
    createdS: /^\d{1,12}$/.test(text('created_epoch')) ? Number(text('created_epoch')) : 0,
    state: text('state'),
    callState: text('callstate'),
    destination: text('dest'),
    callerNumber: text('cid_num'),
    application: text('application'),
  };
}

/** Names and states hold no markup, so the few elements needed are read as they stand. */
function parseGateways(reply: string): readonly GatewaySummary[] {
  if (!reply.includes('<gateways>')) {
    throw new EslError('malformed_reply', 'sofia xmlstatus gateway gave no list');
  }
  return reply
    .split('<gateway>')
    .slice(1)
    .flatMap((text) => {
      const name = elementOf(text, 'name');
      const state = elementOf(text, 'state');
      const status = elementOf(text, 'status');
      if (name === null || state === null || status === null) return [];
      return [{ name, state, isUp: status === 'UP' }];
    });
}

function elementOf(text: string, name: string): string | null {
  return new RegExp(`<${name}>([\\w.-]{1,64})</${name}>`).exec(text)?.[1] ?? null;
}

/**
 * One argument of a command, whatever it holds: between quotes only a backslash and a quote mean
 * anything, and a backslash takes that from both (switch_utils.c: separate_string_blank_delim).
 */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, (mark) => `\\${mark}`)}'`;
}

function checkedUuid(text: string): string {
  if (isUuid(text)) return text;
  throw new EslError('invalid_argument', 'a leg is named by its uuid');
}

/** An unknown cause silently becomes NORMAL_CLEARING in the switch, so at least its shape is held. */
function checkedCause(cause: string): string {
  if (/^[A-Z][A-Z0-9_]{2,40}$/.test(cause)) return cause;
  throw new EslError('invalid_argument', 'a cause is written like ALLOTTED_TIMEOUT');
}

function checkedName(name: string): string {
  if (/^[\w.-]{1,64}$/.test(name)) return name;
  throw new EslError('invalid_argument', 'a name holds letters, digits, dot, dash, _');
}

function checkedSeconds(seconds: number, least: number): number {
  if (Number.isInteger(seconds) && seconds >= least && seconds <= LONGEST_LIMIT_S) return seconds;
  throw new EslError('invalid_argument', `seconds must be whole, ${least} to ${LONGEST_LIMIT_S}`);
}
