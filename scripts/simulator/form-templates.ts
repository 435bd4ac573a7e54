import { join } from 'node:path';
import { decodeUrlText } from '../../server/esl/event-headers.js';
import { OWN_RECORDINGS, readScenario, type RecordedRequest } from './recording.js';
import {
  compileTemplate,
  fillTemplate,
  mapConstants,
  markTokens,
  slot,
  type SlotValues,
  type TextTemplate,
} from './text-template.js';

/** Form bodies of the requests mod_xml_curl makes, ready to be filled in. */
export interface FormTemplates {
  /** Directory lookup that authenticates an INVITE. */
  readonly auth: TextTemplate;
  /** Dialplan lookup of a registered phone's call. */
  readonly phoneDialplan: TextTemplate;
  /** Dialplan lookup of a call that a carrier brings. */
  readonly carrierDialplan: TextTemplate;
  /** Directory lookup for `user/…` in a dial string. */
  readonly userCall: TextTemplate;
  /** Configuration lookup of the menu that `ivr` plays. */
  readonly menu: TextTemplate;
}

const PHONE = { 'acme.example': 'domain', '33142278186': 'number', '1001': 'caller' };
const CARRIER = { 'acme.example': 'domain', '972365987456': 'number', '447911123456': 'caller' };

const IVR = { 'acme.example': 'domain', '972365987457': 'number', '447911123456': 'caller' };

const FIELD_SLOTS: Readonly<Record<string, string>> = {
  'Event-Date-Timestamp': 'nowUs',
  'Event-Sequence': 'sequence',
  'Caller-Context': 'context',
  'Hunt-Context': 'context',
  'variable_Event-Date-Timestamp': 'nowUs',
  variable_sip_invite_stamp: 'nowUs',
};

/** The simulated leg sends its own values of these at the end of the variables. */
const OWN_FIELDS = /^variable_(accountcode|user_context|effective_caller_id_number)$/;

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export function loadForms(recordings = OWN_RECORDINGS): FormTemplates {
  const phone = readScenario(join(recordings, '05-outbound-answered')).requests;
  const carrier = readScenario(join(recordings, '10-inbound-did-to-extension')).requests;
  const ivr = readScenario(join(recordings, '11-inbound-did-ivr-dtmf-5')).requests;
  const find = (requests: readonly RecordedRequest[], field: string): string => {
    const found = requests.find((request) => `&${request.body}`.includes(`&${field}&`));
    if (found === undefined) throw new Error(`no recorded request with ${field}`);
    return found.body;
  };
  return {
    auth: formTemplate(find(phone, 'action=sip_auth'), PHONE),
    phoneDialplan: formTemplate(find(phone, 'section=dialplan'), PHONE),
    carrierDialplan: formTemplate(find(carrier, 'section=dialplan'), CARRIER),
    userCall: formTemplate(find(carrier, 'action=user_call'), { ...CARRIER, '1002': 'user' }),
    menu: formTemplate(find(ivr, 'key_value=ivr.conf'), { ...IVR, main300: 'menu' }),
  };
}

/** Fills in a form; values are percent-encoded here. `variables` join the channel's own. */
export function fillForm(
  template: TextTemplate,
  values: SlotValues,
  variables: ReadonlyMap<string, string> = new Map(),
): string {
  const encoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) encoded[name] = encodeURIComponent(value);
  let added = '';
  for (const [name, value] of variables) added += `&variable_${name}=${encodeURIComponent(value)}`;
  encoded['variables'] = added;
  return fillTemplate(template, encoded);
}

function formTemplate(body: string, tokens: Readonly<Record<string, string>>): TextTemplate {
  const own = /&Unique-ID=([^&]*)/.exec(body)?.[1];
  const core = /&Core-UUID=([^&]*)/.exec(body)?.[1];
  const fields = body.split('&').flatMap((field) => {
    const equals = field.indexOf('=');
    const name = field.slice(0, equals);
    if (OWN_FIELDS.test(name)) return [];
    return [`${name}=${fieldValue(name, field.slice(equals + 1), { own, core, tokens })}`];
  });
  const firstHunt = fields.findIndex((field) => field.startsWith('Hunt-'));
  const at = firstHunt === -1 ? fields.length : firstHunt;
  const head = fields.slice(0, at).join('&') + slot('variables');
  const tail = fields.slice(at).join('&');
  return compileTemplate(tail === '' ? head : `${head}&${tail}`);
}

interface FieldContext {
  readonly own: string | undefined;
  readonly core: string | undefined;
  readonly tokens: Readonly<Record<string, string>>;
}

function fieldValue(name: string, value: string, context: FieldContext): string {
  const slotName = FIELD_SLOTS[name] ?? (/-Created-Time$/.test(name) ? 'nowUs' : undefined);
  if (slotName !== undefined) return slot(slotName);
  const marked = value.replaceAll(UUID, (uuid) => {
    if (uuid === context.own) return slot('uuid');
    return uuid === context.core ? slot('coreUuid') : uuid;
  });
  // Decoded first: `%40acme.example` is a whole token although `0` stands before it.
  return mapConstants(markTokens(decodeUrlText(marked), context.tokens), encodeUrlText);
}

/** As the switch encodes: commas and slashes stay (switch_utils.c: switch_url_encode). */
function encodeUrlText(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%2C', ',');
}
