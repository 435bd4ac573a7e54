import { ForbiddenApplicationError, isAllowedApplication } from './documents/dialplan.js';
import type { DialplanAction } from './records.js';
import { safeText } from './safe-text.js';

/** Between the applications; where it stands in their data it is escaped. */
const SEPARATOR = '^';

/** What FreeSWITCH's splitting of the text acts on (switch_utils.c: separate_string_char_delim). */
const SPECIAL = /[\\'"^]/g;

/**
 * The same actions as a dialplan document holds, as the text of FreeSWITCH's `inline` dialplan, by
 * which a call that is parked there is sent on (mod_dptools.c: inline_dialplan_hunt). `$` and control
 * characters are left out, as everywhere. Throws `ForbiddenApplicationError` as `dialplanDocument`
 * does.
 *
 * @example
 * inlineDialplan([
 *   { application: 'set', data: 'rl_call=7' },
 *   { application: 'respond', data: '402 Payment Required' },
 * ]); // m:^:set:rl_call=7^respond:402 Payment Required
 */
export function inlineDialplan(actions: readonly DialplanAction[]): string {
  const parts = actions.map(({ application, data }) => {
    if (!isAllowedApplication(application)) throw new ForbiddenApplicationError(application);
    const text = safeText(data).replace(SPECIAL, (mark) => `\\${mark}`);
    return text === '' ? application : `${application}:${text}`;
  });
  return `m:${SEPARATOR}:${parts.join(SEPARATOR)}`;
}
