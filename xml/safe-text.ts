/**
 * What must not stand in text that FreeSWITCH reads. A reply passes three readers there: the
 * configuration preprocessor (line by line, before any XML is parsed), the XML parser, and the
 * expansion of channel variables. Escaping serves the second one only, so the others are served by
 * leaving out what they act on.
 */

/** `$`, control characters, halves of surrogate pairs, and the two code points XML forbids. */
// eslint-disable-next-line no-control-regex
const REMOVED = /[$\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/gu;

/** The same without the `u` flag: quicker to test, and it also matches healthy surrogate pairs. */
// eslint-disable-next-line no-control-regex
const SUSPECT = /[$\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/;

/** FreeSWITCH deletes, or executes, a whole line that holds this word in any case. */
const DIRECTIVE = /x-pre-process/gi;

const HARMLESS_DIRECTIVE = 'x pre process';

/**
 * Makes any text harmless to FreeSWITCH: `$` and control characters are dropped, lone surrogates
 * and non-characters too, and `x-pre-process` loses its hyphens. All else stays as it is; markup
 * characters are the serializer's work. Calling it twice changes nothing more.
 *
 * `$` is dropped rather than escaped because nothing else is safe: `&#36;` turns back into `$`
 * before variables are expanded, and `\${…}` is expanded by applications that expand twice
 * (measured on FreeSWITCH 1.11.2).
 *
 * @example
 * safeText('Anna ${system(id)}'); // 'Anna {system(id)}'
 * safeText('X-$PRE-PROCESS'); // 'x pre process'
 */
export function safeText(value: string): string {
  const kept = SUSPECT.test(value) ? value.replace(REMOVED, '') : value;
  // The search is case-insensitive and slow to start; most values have no hyphen to begin with.
  return kept.includes('-') ? kept.replace(DIRECTIVE, HARMLESS_DIRECTIVE) : kept;
}

/**
 * True for text that `safeText` leaves as it is. Meant for tests of constants in this project.
 *
 * @example
 * isSafeConstant('sched_hangup +61 ALLOTTED_TIMEOUT'); // true
 * isSafeConstant('${caller_id_number}'); // false
 */
export function isSafeConstant(value: string): boolean {
  return safeText(value) === value;
}
