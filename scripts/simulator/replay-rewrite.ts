import { createHash } from 'node:crypto';

export interface RewriteOptions {
  /** Uuids are mapped by this word: the same word gives the same uuids. */
  readonly seed: string;
  /** Whole seconds to add to every time. */
  readonly shiftS: number;
  /** Only numbers that are times of the recording are shifted. Milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Changes texts of a recording; lengths stay the same. */
export type Rewrite = (text: string) => string;

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
/** Date and time, with the blank and the colons as they are or percent-encoded once or twice. */
const STAMP = /(\d{4}-\d\d-\d\d)( |%20|%2520)(\d\d)(:|%3A|%253A)(\d\d)\4(\d\d)/g;
const GMT =
  /[A-Z][a-z]{2},( |%20|%2520)(\d\d)\1([A-Z][a-z]{2})\1(\d{4})\1(\d\d)(:|%3A|%253A)(\d\d)\6(\d\d)\1GMT/g;
/** An escape counts as one token, so that `%221795…` is a quote and a time. */
const ESCAPE_OR_DIGITS = /%[0-9A-Fa-f]{2}|\d+/g;
const MARGIN_S = 3600;

/** Gives a recording fresh uuids and new times; the same uuid always gets the same replacement. */
export function createRewrite(options: RewriteOptions): Rewrite {
  const uuids = new Map<string, string>();
  const fromS = Math.floor(options.fromMs / 1000) - MARGIN_S;
  const toS = Math.ceil(options.toMs / 1000) + MARGIN_S;
  const freshUuid = (uuid: string): string => {
    const known = uuids.get(uuid) ?? derivedUuid(`${options.seed} ${uuid.toLowerCase()}`);
    uuids.set(uuid, known);
    return known;
  };
  const shiftNumber = (token: string): string => {
    if (token.length !== 16 && token.length !== 10) return token;
    const seconds = Number(token.slice(0, 10));
    if (token.startsWith('%') || seconds < fromS || seconds > toS) return token;
    return String(seconds + options.shiftS) + token.slice(10);
  };
  return (text) =>
    text
      .replaceAll(STAMP, (...match) => shiftStamp(match, options.shiftS))
      .replaceAll(GMT, (...match) => shiftGmt(match, options.shiftS))
      .replaceAll(UUID, freshUuid)
      .replaceAll(ESCAPE_OR_DIGITS, shiftNumber);
}

function derivedUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4] ?? '8';
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

function shiftStamp(match: readonly unknown[], shiftS: number): string {
  const [, date, blank, hour, colon, minute, second] = match.map(String);
  const ms = Date.parse(`${date}T${hour}:${minute}:${second}Z`) + shiftS * 1000;
  const [day = '', time = ''] = new Date(ms).toISOString().slice(0, 19).split('T');
  return `${day}${blank}${time.replaceAll(':', colon ?? ':')}`;
}

function shiftGmt(match: readonly unknown[], shiftS: number): string {
  const [, blank = ' ', day, month, year, hour, colon = ':', minute, second] = match.map(String);
  const ms = Date.parse(`${day} ${month} ${year} ${hour}:${minute}:${second} GMT`);
  const shifted = new Date(ms + shiftS * 1000).toUTCString();
  return shifted.replaceAll(':', colon).replaceAll(' ', blank);
}
