import type { Report } from './lint-problem.js';

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const DOLLAR = 0x24;
const AMPERSAND = 0x26;
const SINGLE_QUOTE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;

/** Letters, digits and `_ . -`: narrower than XML, and all our names need. */
const NAME_CHARACTERS = nameCharacters();

const REFERENCE = /&(?:(?:lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));/y;

/** Thrown inside this file to end a scan; everything after the first fault would be guesswork. */
class Fault {
  constructor(
    readonly offset: number,
    readonly message: string,
  ) {}
}

/**
 * Reads the document once, from left to right: well-formedness, the root, its sections, and one
 * element a line. Declarations, comments and instructions are stepped over: other rules name them.
 */
export function scanStructure(text: string, report: Report): void {
  try {
    new Scan(text, report).run();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    report('not_well_formed', error.offset, error.message);
  }
}

class Scan {
  private at = 0;
  private readonly open: string[] = [];
  private hasRoot = false;
  private hasSection = false;
  /** Where the line of the last start tag ends. */
  private lineEnd = -1;

  constructor(
    private readonly text: string,
    private readonly report: Report,
  ) {}

  run(): void {
    const { text } = this;
    for (;;) {
      const tag = text.indexOf('<', this.at);
      this.checkText(this.at, tag < 0 ? text.length : tag);
      if (tag < 0) break;
      this.at = tag + 1;
      this.readMarkup(tag);
    }
    const unclosed = this.open.at(-1);
    if (unclosed !== undefined) throw new Fault(text.length, `<${unclosed}> is not closed`);
    if (!this.hasRoot) throw new Fault(0, 'there is no element');
    if (!this.hasSection) this.report('section_missing', 0, 'the document has no section');
  }

  private readMarkup(tag: number): void {
    const next = this.text.charAt(this.at);
    if (next === '/') this.readEndTag(tag);
    else if (next === '?') this.stepOver('?>', tag);
    else if (this.text.startsWith('!--', this.at)) this.stepOver('-->', tag);
    else if (this.text.startsWith('![CDATA[', this.at)) this.stepOver(']]>', tag);
    else if (next === '!') this.stepOver('>', tag);
    else this.readStartTag(tag);
  }

  private stepOver(end: string, tag: number): void {
    const at = this.text.indexOf(end, this.at);
    if (at < 0) throw new Fault(tag, `no ${end} follows`);
    this.at = at + end.length;
  }

  private readEndTag(tag: number): void {
    this.at++;
    const name = this.readName(tag);
    this.skipBlanks();
    this.expect(GREATER, 'the closing tag does not end with >');
    const expected = this.open.pop();
    if (name !== expected) throw new Fault(tag, `</${name}> closes ${expected ?? 'nothing'}`);
  }

  private readStartTag(tag: number): void {
    const { text } = this;
    const name = this.readName(tag);
    if (tag < this.lineEnd) {
      this.report('several_elements_on_a_line', tag, `<${name}> shares its line`);
    }
    const newline = text.indexOf('\n', tag);
    this.lineEnd = newline < 0 ? text.length : newline;
    const key = this.readAttributes(name);
    this.checkPlace(name, key, tag);
    if (text.charCodeAt(this.at) === SLASH) this.at++;
    else this.open.push(name);
    this.expect(GREATER, `<${name}> does not end with >`);
  }

  /** Reads up to `/` or `>`; returns the value of `type` or `name`, whichever decides the place. */
  private readAttributes(element: string): string | undefined {
    const wanted = this.open.length === 0 ? 'type' : 'name';
    const names: string[] = [];
    let found: string | undefined;
    for (;;) {
      const blanks = this.skipBlanks();
      const next = this.text.charCodeAt(this.at);
      if (next === SLASH || next === GREATER) return found;
      if (blanks === 0) throw new Fault(this.at, `a blank is missing in <${element}>`);
      const name = this.readName(this.at);
      if (names.includes(name)) throw new Fault(this.at, `${name} is given twice in <${element}>`);
      names.push(name);
      const value = this.readValue(name);
      if (name === wanted) found = value;
    }
  }

  private readValue(name: string): string {
    this.skipBlanks();
    this.expect(EQUALS, `${name} has no value`);
    this.skipBlanks();
    const quote = this.text.charCodeAt(this.at);
    if (quote !== DOUBLE_QUOTE && quote !== SINGLE_QUOTE) {
      throw new Fault(this.at, `the value of ${name} is not quoted`);
    }
    const start = this.at + 1;
    const end = this.text.indexOf(quote === DOUBLE_QUOTE ? '"' : "'", start);
    if (end < 0) throw new Fault(this.at, `the value of ${name} does not end`);
    this.checkCharacters(start, end);
    this.at = end + 1;
    return this.text.slice(start, end);
  }

  private checkPlace(name: string, key: string | undefined, tag: number): void {
    const depth = this.open.length;
    if (depth > 1) return;
    if (depth === 0) {
      if (this.hasRoot) throw new Fault(tag, `<${name}> is a second root`);
      this.hasRoot = true;
      if (name === 'document' && key === 'freeswitch/xml') return;
      this.report('wrong_root', tag, 'the root is not <document type="freeswitch/xml">');
      return;
    }
    this.hasSection = true;
    if (name === 'section' && key !== undefined && key !== '') return;
    this.report('section_missing', tag, `<${name}> is not a section with a name`);
  }

  /** Character data between tags; outside the root only blanks may stand. */
  private checkText(start: number, end: number): void {
    if (this.open.length > 0) {
      this.checkCharacters(start, end);
      return;
    }
    for (let at = start; at < end; at++) {
      if (!isBlank(this.text.charCodeAt(at))) throw new Fault(at, 'text outside the root');
    }
  }

  private checkCharacters(start: number, end: number): void {
    const { text } = this;
    for (let at = start; at < end; at++) {
      const unit = text.charCodeAt(at);
      if (unit === LESS) throw new Fault(at, 'a < inside a value');
      if (unit === AMPERSAND) at = this.checkReference(at) - 1;
    }
  }

  /** Returns the offset after the reference that starts at `at`. */
  private checkReference(at: number): number {
    REFERENCE.lastIndex = at;
    const match = REFERENCE.exec(this.text);
    if (match === null) throw new Fault(at, 'a & that starts no reference');
    const [, decimal, hexadecimal] = match;
    if (decimal !== undefined) this.checkCodePoint(Number.parseInt(decimal, 10), at);
    else if (hexadecimal !== undefined) this.checkCodePoint(Number.parseInt(hexadecimal, 16), at);
    return at + match[0].length;
  }

  private checkCodePoint(code: number, at: number): void {
    if (code === DOLLAR)
      this.report('dollar', at, 'a $ as a character reference is still expanded');
    const isControl = code < SPACE || (code >= 0x7f && code <= 0x9f);
    const isHalf = code >= 0xd800 && code <= 0xdfff;
    if (isControl || isHalf || code === 0xfffe || code === 0xffff || code > 0x10ffff) {
      this.report('control_character', at, 'a reference to a character that must not be sent');
    }
  }

  private readName(tag: number): string {
    const start = this.at;
    let at = start;
    while (NAME_CHARACTERS[this.text.charCodeAt(at)] === 1) at++;
    if (at === start || !/[A-Za-z_]/.test(this.text.charAt(start))) {
      throw new Fault(tag, 'a name is missing or malformed');
    }
    this.at = at;
    return this.text.slice(start, at);
  }

  private skipBlanks(): number {
    const start = this.at;
    while (isBlank(this.text.charCodeAt(this.at))) this.at++;
    return this.at - start;
  }

  private expect(unit: number, message: string): void {
    if (this.text.charCodeAt(this.at) !== unit) throw new Fault(this.at, message);
    this.at++;
  }
}

function isBlank(unit: number): boolean {
  return unit === SPACE || unit === NEWLINE || unit === TAB;
}

function nameCharacters(): Uint8Array {
  const table = new Uint8Array(128);
  for (let unit = 0; unit < table.length; unit++) {
    if (/[A-Za-z0-9_.-]/.test(String.fromCharCode(unit))) table[unit] = 1;
  }
  return table;
}
