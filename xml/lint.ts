import type { LintProblem, LintRule, Report } from './lint-problem.js';
import { scanStructure } from './lint-structure.js';

export type { LintProblem, LintRule } from './lint-problem.js';

const MAX_BYTES = 1024 * 1024;

/** FreeSWITCH's line reader loses a byte a little below 1 MiB. */
const MAX_LINE_BYTES = MAX_BYTES - 1024;

/** A spoiled document may hold thousands of problems; the first ones say enough. */
const MAX_PROBLEMS = 20;

interface Pattern {
  readonly rule: LintRule;
  readonly expression: RegExp;
  readonly message: string;
}

const PATTERNS: readonly Pattern[] = [
  { rule: 'dollar', expression: /\$/g, message: 'a $ is expanded by FreeSWITCH' },
  {
    rule: 'line_dropped',
    expression: /<(?:\?|\/?include>)/g,
    message: 'the preprocessor drops a line with <?, <include> or </include>',
  },
  {
    rule: 'markup_declaration',
    expression: /<!/g,
    message: 'comments, CDATA and document types have no place in a reply',
  },
  {
    rule: 'preprocessor_directive',
    expression: /x-pre-process/gi,
    message: 'the preprocessor executes or drops a line with x-pre-process',
  },
  {
    rule: 'control_character',
    // eslint-disable-next-line no-control-regex
    expression: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g,
    message: 'a control character or non-character',
  },
  {
    rule: 'control_character',
    expression: /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    message: 'half of a surrogate pair',
  },
];

/**
 * Everything in a reply that FreeSWITCH would drop, expand, execute or fail to parse; an empty list
 * for a document that arrives as it was meant. The rules follow the preprocessor and the parser of
 * FreeSWITCH 1.11.2 (`switch_xml.c`), and are stricter where strictness costs nothing. At most 20
 * problems are listed.
 *
 * It runs on every reply, in time proportional to the text (about 20 µs for 3 kB; see the README).
 *
 * @example
 * lintDocument('<?xml version="1.0"?><document type="freeswitch/xml"/>');
 * // [{ rule: 'line_dropped', line: 1, message: 'the preprocessor drops …' },
 * //  { rule: 'section_missing', line: 1, message: '…' }]
 */
export function lintDocument(text: string): readonly LintProblem[] {
  const problems: LintProblem[] = [];
  const report: Report = (rule, offset, message) => {
    if (problems.length < MAX_PROBLEMS)
      problems.push({ rule, line: lineAt(text, offset), message });
  };
  checkSize(text, report);
  for (const { rule, expression, message } of PATTERNS) {
    for (let at = text.search(expression); at >= 0; at = nextMatch(text, expression, at)) {
      report(rule, at, message);
      if (problems.length >= MAX_PROBLEMS) return problems;
    }
  }
  scanStructure(text, report);
  return problems;
}

/** The offset of the first match after `at`, or -1. */
function nextMatch(text: string, expression: RegExp, at: number): number {
  expression.lastIndex = at + 1;
  const match = expression.exec(text);
  expression.lastIndex = 0;
  return match === null ? -1 : match.index;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function checkSize(text: string, report: Report): void {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so a short text needs no counting.
  if (text.length * 3 <= MAX_LINE_BYTES) return;
  if (utf8Length(text) > MAX_BYTES) report('too_large', 0, 'more than 1 MiB');
  let offset = 0;
  for (const line of text.split('\n')) {
    if (utf8Length(line) > MAX_LINE_BYTES) report('line_too_long', offset, 'a line of about 1 MiB');
    offset += line.length + 1;
  }
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair counts 2, which makes the 4 bytes of the pair.
    const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isSurrogate ? 2 : 3;
  }
  return bytes;
}
