/** How call detail records are sent: mod_format_cdr's `appljson`, or mod_xml_cdr's `cdr=`. */
export type CdrFormat = 'json' | 'xml';

export interface CdrBody {
  readonly body: string;
  readonly contentType: string;
  readonly userAgent: string;
}

/** Dresses the JSON of a record for the wire. */
export function cdrBody(json: string, format: CdrFormat): CdrBody {
  if (format === 'json') {
    return { body: json, contentType: 'application/json', userAgent: 'freeswitch-format-cdr/1.0' };
  }
  return {
    body: `cdr=${encodeURIComponent(cdrXml(json))}`,
    contentType: 'application/x-www-form-urlencoded',
    userAgent: 'freeswitch-xml/1.0',
  };
}

/** The same record in mod_xml_cdr's shape; variable values are percent-encoded in it as well. */
export function cdrXml(json: string): string {
  const record = objectOf(JSON.parse(json) as unknown);
  const core = attribute(textOf(record['core-uuid']));
  const name = attribute(textOf(record['switchname']));
  return [
    '<?xml version="1.0"?>',
    `<cdr core-uuid="${core}" switchname="${name}">`,
    element('channel_data', record['channel_data'], escapeXml),
    element('variables', record['variables'], encodeURIComponent),
    ...listOf(record['callflow']).map((flow) => callflowXml(objectOf(flow))),
    '</cdr>',
    '',
  ].join('\n');
}

function callflowXml(flow: Readonly<Record<string, unknown>>): string {
  const dialplan = attribute(textOf(flow['dialplan']));
  const index = attribute(textOf(flow['profile_index']));
  return [
    `<callflow dialplan="${dialplan}" profile_index="${index}">`,
    element('caller_profile', flow['caller_profile'], escapeXml),
    element('times', flow['times'], escapeXml),
    '</callflow>',
  ].join('\n');
}

function element(name: string, value: unknown, encode: (text: string) => string): string {
  const lines = Object.entries(objectOf(value)).flatMap(([key, inner]) =>
    listOf(inner).map((item) => `<${key}>${encode(textOf(item))}</${key}>`),
  );
  return [`<${name}>`, ...lines, `</${name}>`].join('\n');
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  // An object of JSON.parse has only own, textual keys.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(value ?? '');
}

function attribute(text: string): string {
  return escapeXml(text).replaceAll('"', '&quot;');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
