import { XMLParser } from 'fast-xml-parser';
import type { LegEnded } from '../calls/reports.js';
import { legEnded, legIdentity } from '../esl/leg-ended.js';
import type { VariableReader } from '../esl/leg-ended.js';

export type ParsedCdr =
  | { readonly kind: 'leg'; readonly report: LegEnded }
  | { readonly kind: 'unreadable'; readonly reason: string };

type Fields = Readonly<Record<string, unknown>>;

/** `processEntities` is for `&lt;` and the like; a record never declares entities of its own. */
const xmlParser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: true,
  isArray: (name) => name === 'callflow',
});

/**
 * Reads a CDR body in any form the modules post: JSON (mod_format_cdr and mod_json_cdr, which label
 * it as a form), bare XML, and `cdr=` with the document percent-encoded or in base64. Whatever cannot
 * be read comes back with the reason, never as an exception.
 */
export function parseCdr(body: string): ParsedCdr {
  try {
    const text = unwrap(body);
    if (text.startsWith('{')) return fromJson(text);
    if (text.startsWith('<')) return fromXml(text);
    return unreadable('neither JSON nor XML');
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : 'unknown error');
  }
}

function unwrap(body: string): string {
  const trimmed = body.trimStart();
  if (!trimmed.startsWith('cdr=')) return trimmed;
  const value = trimmed.slice(4).trim();
  // With `encode=false` the document itself follows, and the values in it are still encoded.
  if (/^[<{]/.test(value)) return value;
  if (/^%(3C|7B)/i.test(value)) return safeDecode(value);
  return Buffer.from(safeDecode(value), 'base64').toString('utf8').trimStart();
}

/** mod_xml_cdr encodes once; a stray percent sign in a value must not lose the record. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-fA-F]{2})/g, (_match, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}

function fromJson(text: string): ParsedCdr {
  const parsed: unknown = JSON.parse(text);
  if (!isFields(parsed)) return unreadable('JSON without members');
  const flows = parsed['callflow'];
  return report({
    coreUuid: textOf(parsed['core-uuid']),
    variables: fieldsOf(parsed['variables']),
    callflow: fieldsOf(Array.isArray(flows) ? flows[0] : flows),
  });
}

function fromXml(text: string): ParsedCdr {
  if (text.includes('<!DOCTYPE')) return unreadable('XML with a document type');
  const parsed: unknown = xmlParser.parse(text);
  const cdr = fieldsOf(isFields(parsed) ? parsed['cdr'] : undefined);
  if (cdr['variables'] === undefined) return unreadable('XML without variables');
  // A file may have been cut off, and the parser closes what is open by itself.
  if (!/<\/cdr>\s*$/.test(text)) return unreadable('XML without its end');
  const flows = cdr['callflow'];
  return report({
    coreUuid: textOf(cdr['@core-uuid']),
    variables: fieldsOf(cdr['variables']),
    callflow: fieldsOf(Array.isArray(flows) ? flows[0] : flows),
  });
}

interface CdrParts {
  readonly coreUuid: string;
  readonly variables: Fields;
  /** The newest call flow: FreeSWITCH puts the last one first. */
  readonly callflow: Fields;
}

function report(parts: CdrParts): ParsedCdr {
  const variable = readerOf(parts.variables);
  const profile = fieldsOf(parts.callflow['caller_profile']);
  const identity = legIdentity(variable, {
    coreUuid: parts.coreUuid,
    legUuid: variable('uuid'),
    direction: variable('direction'),
    otherLegUuid: null,
    destination: textOf(profile['destination_number']),
    callerNumber: textOf(profile['caller_id_number']),
  });
  if (identity === null) return unreadable('no leg uuid or direction among the variables');
  const ended = legEnded(variable, identity, { source: 'cdr' });
  return ended === null ? unreadable('no end among the variables') : leg(ended);
}

/**
 * Reads single variables: of the few hundred in a record a dozen matter. Values are percent-encoded
 * in XML and, with `encode-values`, in JSON.
 */
function readerOf(variables: Fields): VariableReader {
  return (name) => {
    const text = textOf(variables[name]);
    return (text.includes('%') ? safeDecode(text) : text) || null;
  };
}

function leg(report: LegEnded): ParsedCdr {
  return { kind: 'leg', report };
}

function unreadable(reason: string): ParsedCdr {
  return { kind: 'unreadable', reason };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
