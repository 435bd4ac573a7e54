import type { BridgeLeg, BridgeRecord } from './records.js';
import { warningTask } from './warning-tone.js';

/** FreeSWITCH holds at most this many alternatives in one dial string. */
const MAX_LEGS = 128;

const MAX_VALUE_LENGTH = 1024;

const ENDPOINTS = [
  /^sofia\/gateway\/[A-Za-z0-9._-]{1,64}\/[0-9*#+]{1,32}$/,
  /^sofia\/(?!gateway\/)[A-Za-z0-9._-]{1,64}\/[A-Za-z0-9._+*-]{1,64}%[A-Za-z0-9.-]{1,253}$/,
  /^user\/[A-Za-z0-9._+*-]{1,64}@[A-Za-z0-9.-]{1,253}$/,
];

const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

/** Names that make FreeSWITCH run an application or API command, or expand the string again. */
const FORBIDDEN_NAMES =
  /^(?:api_|exec_|group_confirm_|origination_nested_vars$|record_post_process_)/i;

/** Variables that run an application; those we need are the time limit and the tone before it. */
const RUNS_APPLICATION = /^(?:execute_on_|bridge_(?:pre|post)_execute_)/i;
const TIME_LIMIT = /^sched_hangup \+[0-9]{1,9} [A-Z0-9_]{1,64}$/;
const WARNING_START = /^sched_broadcast \+([0-9]{1,9}) /;

/** Characters a value cannot carry through FreeSWITCH's parsers. */
// eslint-disable-next-line no-control-regex
const UNCARRIABLE = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff$'"\\{}[\]|<>^]/u;
const UNCARRIABLE_ALL = new RegExp(UNCARRIABLE.source, 'gu');

/** Wherever this stands, FreeSWITCH splits the whole string into independent parallel calls. */
const PARALLEL_MARK = ':_:';
const PARALLEL_MARKS = /:_(?=:)/g;

/**
 * Between variables; one that no value of the group contains is chosen. Typed text is left without the
 * last, so that one is always left.
 */
const SEPARATORS = [',', ';', '~', '!', '#', '`'];

export type DialStringRefusal =
  | 'endpoint_malformed'
  | 'leg_count'
  | 'name_forbidden'
  | 'name_malformed'
  | 'no_separator_left'
  | 'value_runs_application'
  | 'value_too_long'
  | 'value_uncarriable';

/** Thrown for a record that no dial string can express safely. */
export class DialStringError extends Error {
  readonly code = 'dial_string_refused';

  /** `where` names the leg and variable; `found` is the offending text. */
  constructor(
    readonly refusal: DialStringRefusal,
    readonly where: string,
    readonly found: string,
  ) {
    super(`dial string: ${refusal} at ${where}: ${JSON.stringify(found.slice(0, 80))}`);
    this.name = 'DialStringError';
  }
}

/**
 * The argument of `bridge`: `{common}[leg]endpoint|[leg]endpoint|…`, legs tried one after the
 * other. A common variable wins over a leg's of the same name (FreeSWITCH's rule), unless
 * `local_var_clobber=true` is among the common ones.
 *
 * Variables are separated by commas, or, when a value of the group has a comma, by another
 * character announced with `^^`. Quotes are never used: inside `[…]` FreeSWITCH strips them before
 * it looks at commas, so `[codecs='PCMA,PCMU']` would arrive as `PCMA` (measured on 1.11.2 with
 * its own parsing functions). Values lose outer blanks and an empty value sets nothing, both as in
 * FreeSWITCH.
 *
 * Throws `DialStringError` on a metacharacter, an unknown shape of endpoint, a variable that would
 * run anything but a time limit or its warning, no legs or more than 128.
 *
 * @example
 * bridgeString({
 *   variables: { sip_cid_type: 'pid' },
 *   legs: [
 *     {
 *       endpoint: 'sofia/gateway/carrierA/447700900123',
 *       variables: {
 *         absolute_codec_string: 'PCMA,PCMU',
 *         execute_on_answer: 'sched_hangup +61 ALLOTTED_TIMEOUT',
 *       },
 *     },
 *   ],
 * });
 * // {sip_cid_type=pid}[^^;absolute_codec_string=PCMA,PCMU;execute_on_answer=sched_hangup +61
 * // ALLOTTED_TIMEOUT]sofia/gateway/carrierA/447700900123     (one line)
 */
export function bridgeString(record: BridgeRecord): string {
  const count = record.legs.length;
  if (count < 1 || count > MAX_LEGS) {
    throw new DialStringError('leg_count', 'legs', String(count));
  }
  const common = group('{', record.variables, '}', 'common');
  return common + record.legs.map((leg, index) => legString(leg, `leg ${index + 1}`)).join('|');
}

/**
 * Text without what a dial string cannot carry, for values people typed, such as a caller's name:
 * `O'Brien {x}` becomes `OBrien x`. Longer text is cut to 1024 characters.
 */
export function carriableText(value: string): string {
  const short = value.slice(0, MAX_VALUE_LENGTH);
  const carried = short.replace(UNCARRIABLE_ALL, '').replaceAll('`', '');
  return carried.replace(PARALLEL_MARKS, ':').trim();
}

function legString(leg: BridgeLeg, where: string): string {
  if (!ENDPOINTS.some((shape) => shape.test(leg.endpoint))) {
    throw new DialStringError('endpoint_malformed', where, leg.endpoint);
  }
  return group('[', leg.variables, ']', where) + leg.endpoint;
}

function group(
  open: string,
  variables: Readonly<Record<string, string>>,
  close: string,
  where: string,
): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(variables)) {
    const trimmed = value.trim();
    checkVariable(name, trimmed, `${where}, ${name.slice(0, 80)}`);
    if (trimmed !== '') pairs.push(`${name}=${trimmed}`);
  }
  if (pairs.length === 0) return '';
  const separator = SEPARATORS.find((mark) => pairs.every((pair) => !pair.includes(mark)));
  if (separator === undefined) {
    throw new DialStringError('no_separator_left', where, pairs.join(' '));
  }
  const announced = separator === ',' ? '' : `^^${separator}`;
  return open + announced + pairs.join(separator) + close;
}

function checkVariable(name: string, value: string, where: string): void {
  if (!VARIABLE_NAME.test(name)) throw new DialStringError('name_malformed', where, name);
  if (FORBIDDEN_NAMES.test(name)) throw new DialStringError('name_forbidden', where, name);
  if (value.length > MAX_VALUE_LENGTH) throw new DialStringError('value_too_long', where, value);
  if (UNCARRIABLE.test(value) || value.includes(PARALLEL_MARK)) {
    throw new DialStringError('value_uncarriable', where, value);
  }
  if (RUNS_APPLICATION.test(name) && !TIME_LIMIT.test(value) && !isWarning(value)) {
    throw new DialStringError('value_runs_application', where, value);
  }
}

/** The one tone and no other: a stream may be anything, a file or an address among them. */
function isWarning(value: string): boolean {
  const seconds = WARNING_START.exec(value)?.[1];
  return seconds !== undefined && value === warningTask(Number(seconds));
}
