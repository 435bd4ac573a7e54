import { pino } from 'pino';
import type { DestinationStream, LogFn, Logger, LoggerOptions } from 'pino';

export type Log = Logger;

export interface LogOptions {
  readonly level: string;
  readonly nodeId?: string;
  /** Where lines go; standard output unless a test wants to read them. */
  readonly destination?: DestinationStream;
}

const HIDDEN = '[redacted]';

/** Names compared without case, dashes and underscores, wherever in an object they are. */
const SECRET_NAMES = new Set([
  'a1hash',
  'apikey',
  'authorization',
  'clearpassword',
  'cookie',
  'databaseurl',
  'eslpassword',
  'httppassword',
  'keyhash',
  'passwd',
  'password',
  'secret',
  'secretkey',
  'setcookie',
  'vmpassword',
  'vmuserpassword',
  'vmaltpassword',
]);

/** `sip_auth_response`, `sip_auth_nonce` and the like, with or without `variable_` in front. */
const SECRET_PATTERN = /^(variable)?sipauth|password$|apikey$|a1hash|^secret/;

const DEPTH_LIMIT = 6;
const LIST_LIMIT = 100;
/** Values copied per log line; a request or socket logged by mistake stays cheap. */
const VALUE_LIMIT = 2000;

/** How much of a value may still be copied. */
interface Walk {
  left: number;
}

/**
 * The engine's log: one JSON object a line, secrets replaced before they are written. Secrets are
 * found by name at any depth, and in text as credentials inside URLs and Authorization headers, so
 * that logging a whole request or a FreeSWITCH event is safe.
 */
export function createLog(options: LogOptions): Log {
  const settings: LoggerOptions = {
    level: options.level,
    base: options.nodeId === undefined ? null : { node: options.nodeId },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError, error: describeError },
    hooks: {
      logMethod(args, method) {
        const safe = args.map((arg: unknown) => (typeof arg === 'string' ? redactText(arg) : arg));
        method.apply(this, safe as Parameters<LogFn>);
      },
    },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: redactFields,
    },
  };
  const log =
    options.destination === undefined ? pino(settings) : pino(settings, options.destination);
  return withRedactedChildren(log);
}

/** pino passes what a child is given by its formatters, so it is cleaned before it gets there. */
function withRedactedChildren(log: Log): Log {
  const makeChild: (this: Log, fields: object, options?: object) => Log = log.child;
  const child = function (this: Log, fields: object, options?: object): Log {
    return makeChild.call(this, redactFields(fields), options);
  };
  // Children inherit this one by prototype, so their own children are covered as well.
  return Object.assign(log, { child });
}

/** A log whose every line carries the call it is about. */
export function logForCall(log: Log, callUuid: string): Log {
  return log.child({ callUuid });
}

/** A copy without secrets. Exported so that audit rows and error reports hide the same things. */
export function redact(value: unknown): unknown {
  return redactValue(value, 0, { left: VALUE_LIMIT });
}

function redactFields(fields: object): Record<string, unknown> {
  return redactMembers(fields, 0, { left: VALUE_LIMIT });
}

function redactMembers(fields: object, depth: number, walk: Walk): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    const hidden = isSecretName(name) && value !== null && value !== undefined;
    copy[name] = hidden ? HIDDEN : redactValue(value, depth + 1, walk);
  }
  return copy;
}

function redactValue(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  walk.left -= 1;
  if (depth > DEPTH_LIMIT || walk.left < 0) return '[too much]';
  if (Array.isArray(value)) {
    return value.slice(0, LIST_LIMIT).map((item: unknown) => redactValue(item, depth + 1, walk));
  }
  // Dates, Decimals and the like say themselves what they are in JSON.
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  return redactMembers(value, depth, walk);
}

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  return SECRET_NAMES.has(plain) || SECRET_PATTERN.test(plain);
}

function redactText(text: string): string {
  return text
    .replace(/(\w:\/\/[^\s/:@]*):[^\s/@]+@/g, `$1:${HIDDEN}@`)
    .replace(/\b(Basic|Bearer) [A-Za-z0-9+/=._~-]{6,}/gi, `$1 ${HIDDEN}`);
}

/**
 * What a reader needs of an error and no more. drizzle puts the values of a failed query behind
 * `params:`; they can be anything, so they are cut off.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return redact(error);
  const cause = error.cause;
  const code: unknown = Reflect.get(error, 'code');
  return {
    type: error.name,
    message: withoutParameters(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: withoutParameters(error.stack) }),
    ...(cause instanceof Error ? { cause: describeError(cause) } : {}),
  };
}

function withoutParameters(text: string): string {
  return redactText(text.replace(/\nparams: [\s\S]*?(?=\n {4}at |$)/g, '\nparams: [cut]'));
}
