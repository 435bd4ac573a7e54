import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/**
 * The fields requests are made of. Every text has a limit and none may hold control characters: what
 * is stored ends up in XML, in SIP headers and on screens.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

const isPrintable = (text: string) => !UNPRINTABLE.test(text);

export const id = () => z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** A reference that may be absent; null takes it away. */
export const optionalId = () => id().nullable();

/** One line of text for people. */
export const line = (max: number) =>
  z.string().trim().min(1).max(max).refine(isPrintable, 'must not hold control characters');

/** Like `line`, but may be empty. */
export const note = (max: number) =>
  z.string().trim().max(max).refine(isPrintable, 'must not hold control characters');

/**
 * Text that reaches FreeSWITCH, which expands `$` in whatever it is told: `${system(...)}` would be
 * run. Quotes and angle brackets would end a SIP display name.
 */
export const switchText = (max: number) =>
  line(max).regex(/^[^$<>"\\]*$/, 'must not hold $ < > " or a backslash');

/** A short name for machines and people, unique of its kind. */
export const code = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, dots, dashes or underscores');

/** Money as text: numbers in JSON are floating point. Up to 14 digits and 6 decimals. */
export const amount = () =>
  z
    .string()
    .regex(/^\d{1,14}(\.\d{1,6})?$/, 'must be an amount such as "12.50", as text')
    .meta({ description: 'Exact decimal amount, as text.', example: '12.50' });

export const signedAmount = () =>
  z
    .string()
    .regex(/^-?\d{1,14}(\.\d{1,6})?$/, 'must be an amount such as "-12.50", as text')
    .meta({ description: 'Exact decimal amount, as text; may be negative.', example: '-2.50' });

/** A balance below which somebody is told; may be negative where there is credit; null is never. */
export const threshold = () =>
  signedAmount()
    .nullable()
    .meta({ description: 'Balance below which a notice is sent; null: none.' });

/** How many of something at the same time, or new ones a second; null is no limit. */
export const capacity = () =>
  z.int().min(0).max(1_000_000).nullable().meta({ description: 'Null is no limit.' });

/** An address that mail programs take as it is: no display name, no quoted local part. */
export const email = () =>
  z
    .string()
    .max(190)
    .regex(
      /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}$/,
      'must be a mail address such as billing@acme.example',
    );

/** A calendar day without a zone; whose midnight it begins at is said by the field's owner. */
export const day = () =>
  z.iso
    .date()
    .refine((text) => text >= '1970-01-01', 'must not be before 1970')
    .meta({ description: 'Local date.', example: '2030-01-31' });

/** A price per minute or per call: up to 10 digits and 8 decimals. */
export const price = () =>
  z
    .string()
    .regex(/^\d{1,10}(\.\d{1,8})?$/, 'must be a price such as "0.0125", as text')
    .meta({ description: 'Exact price, as text.', example: '0.0125' });

export const percent = () =>
  z
    .string()
    .regex(/^\d{1,3}(\.\d{1,4})?$/, 'must be a percentage such as "17.5", as text')
    .meta({ description: 'Percentage, as text.', example: '17.5' });

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

export const currency = () =>
  z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as USD')
    .refine((value) => CURRENCIES.has(value), 'is not a currency')
    .meta({ description: 'ISO 4217 code.', example: 'USD' });

export const timeZone = () =>
  z
    .string()
    .max(64)
    .refine(isTimeZone, 'must be an IANA time zone such as Europe/Paris')
    .meta({ description: 'IANA time zone.', example: 'UTC' });

function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are accepted by Intl but have no summer time, so they are refused.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const HOST =
  /^(?=.{1,190}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*$/;

export function isHost(text: string): boolean {
  return HOST.test(text) || ipaddr.isValid(text);
}

export const host = () =>
  z.string().max(190).refine(isHost, 'must be a host name or an IP address');

export const ipAddress = () =>
  z
    .string()
    .max(64)
    .refine((text) => ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text), {
      error: 'must be an IPv4 or IPv6 address',
    });

/** `host`, `host:port` or `[ipv6]:port`. */
export const hostAndPort = () =>
  z.string().max(190).refine(isHostAndPort, 'must be host, host:port or [ipv6]:port');

function isHostAndPort(text: string): boolean {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return false;
  const [, v6, name, port] = match;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return v6 === undefined ? isHost(name ?? '') : ipaddr.IPv6.isValid(v6);
}

/** A SIP domain: a host name in lower case, as it is compared. */
export const domainName = () =>
  z.string().max(190).refine(isHost, 'must be a domain name such as acme.example').toLowerCase();

export const port = () => z.int().min(1).max(65_535);

/** Address ranges; the whole internet has to be written out and is refused for carriers and switches. */
export const cidrs = (min: number) =>
  z
    .array(z.string().max(64).refine(isCidr, 'must be an address range such as 203.0.113.0/24'))
    .min(min)
    .max(64);

function isCidr(text: string): boolean {
  if (!ipaddr.isValidCIDR(text)) return false;
  const [address, bits] = ipaddr.parseCIDR(text);
  return bits > 0 && (address.kind() === 'ipv6' || /^\d+\.\d+\.\d+\.\d+\//.test(text));
}

/** Codec names in order, as `codec-prefs` takes them. */
export const codecs = () =>
  z
    .string()
    .max(120)
    .regex(
      /^[A-Za-z0-9.-]+(@[A-Za-z0-9.]+)*(,[A-Za-z0-9.-]+(@[A-Za-z0-9.]+)*)*$/,
      'must be codec names separated by commas',
    );

export const digits = (min: number, max: number) =>
  z.string().regex(new RegExp(`^[0-9]{${min},${max}}$`), `must be ${min} to ${max} digits`);

/** An instant with its offset, such as 2030-01-01T00:00:00Z. */
export const instant = () =>
  z.iso
    .datetime({ offset: true })
    .max(40)
    .refine((text) => isStorable(text), 'must lie between 1970 and 9999')
    .meta({ description: 'RFC 3339 instant.', example: '2030-01-01T00:00:00Z' });

function isStorable(text: string): boolean {
  const at = new Date(text).getTime();
  return at >= 0 && at < Date.UTC(9999, 0, 1);
}

/** A password for another system, which we only pass on. */
export const passedPassword = () =>
  z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .regex(/^[^$]*$/, 'must not hold $, which FreeSWITCH would expand');

/** The name of a thing as it is in a path: a UUID. */
export const uuid = () => z.uuid();
