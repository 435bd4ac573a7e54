import type { Form } from '../../../server/xml-curl/parse-form.js';

/** A form with these fields. */
export function formOf(fields: Readonly<Record<string, string>>): Form {
  return new Map(Object.entries(fields));
}

/** A dialplan fetch as FreeSWITCH sends it for a phone, without what nobody reads. */
export function dialplanFields(
  over: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    section: 'dialplan',
    tag_name: '',
    key_name: '',
    key_value: '',
    'Core-UUID': 'c0fe0000-0000-4000-8000-000000000001',
    'Unique-ID': 'a1e60000-0000-4000-8000-000000000001',
    'Caller-Network-Addr': '192.0.2.77',
    variable_sip_authorized: 'true',
    variable_user_name: '1001',
    variable_domain_name: 'acme.example',
    variable_sofia_profile_name: 'internal',
    'Hunt-Caller-ID-Number': '1001',
    'Hunt-Destination-Number': '447700900123',
    'Hunt-Context': 'default',
    'Hunt-Profile-Created-Time': '1795327068670479',
    ...over,
  };
}

/** The body of a POST with these fields. */
export function bodyOf(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}
