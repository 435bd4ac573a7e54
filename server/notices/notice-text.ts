import type { NoticeRow } from '../../db/repositories/notices.js';

export interface NoticeText {
  readonly subject: string;
  readonly text: string;
}

type Payload = Readonly<Record<string, unknown>>;

/** What the rules of guards are called to people. */
const RULE_WORDS: Readonly<Record<string, string>> = {
  daily_spend_reached: 'the most it may spend in a day is reached',
  price_too_high: 'a call was dearer than it may be',
  night_rule: 'a call was dearer than it may be at night',
  new_country: 'a country was called for the first time',
  short_calls: 'there were too many short calls',
};

/** The mail of a notice. A kind without words of its own is told with all that is known of it. */
export function noticeText({ kind, payload }: Pick<NoticeRow, 'kind' | 'payload'>): NoticeText {
  const fields = fieldsOf(payload);
  switch (kind) {
    case 'low_balance':
      return lowBalance(fields);
    case 'guard_breach':
      return ofGuard('Calls refused', 'Calls of this account are refused', fields);
    case 'guard_alert':
      return ofGuard('Please look', 'This account did something it had not done before', fields);
    case 'account_blocked':
      return ofGuard(
        'Blocked',
        'Paid calls of this account are refused until it is released',
        fields,
      );
    default:
      return letter(
        `Notice: ${kind}`,
        [`Something happened that you wanted to know: ${kind}.`],
        fields,
      );
  }
}

function lowBalance(fields: Payload): NoticeText {
  const { balance, currency, threshold } = fields;
  const money = `${wordOf(balance)} ${wordOf(currency)}`;
  return letter(
    `Low balance: ${whoOf(fields)}`,
    [`The balance is ${money}, below ${wordOf(threshold)} ${wordOf(currency)}.`],
    fields,
  );
}

function ofGuard(subject: string, sentence: string, fields: Payload): NoticeText {
  const rule = wordOf(fields['rule']);
  const words = RULE_WORDS[rule] ?? rule;
  return letter(`${subject}: ${whoOf(fields)}`, [`${sentence}: ${words}.`], fields);
}

function letter(subject: string, sentences: readonly string[], fields: Payload): NoticeText {
  const known = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `  ${name.replaceAll('_', ' ')}: ${wordOf(value)}`);
  const text = [
    ...sentences,
    '',
    ...known,
    '',
    'You are told once for each time this happens.',
    '',
  ];
  return { subject: oneLine(subject).slice(0, 150), text: text.join('\n') };
}

function whoOf(fields: Payload): string {
  const account = wordOf(fields['account']);
  const extension = fields['extension'];
  return typeof extension === 'string' ? `${account}, extension ${extension}` : account;
}

function wordOf(value: unknown): string {
  if (typeof value === 'string') return oneLine(value);
  return value === undefined || value === null ? '' : oneLine(JSON.stringify(value));
}

/** Names come from people; none may begin a line of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function fieldsOf(payload: unknown): Payload {
  // What is not an object has no members to show.
  return typeof payload === 'object' && payload !== null ? (payload as Payload) : {};
}
