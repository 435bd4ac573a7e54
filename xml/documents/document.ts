import { create } from 'xmlbuilder2';
import { safeText } from '../safe-text.js';

/** An element under construction. */
export type XmlElement = ReturnType<ReturnType<typeof create>['ele']>;

export type SectionName = 'configuration' | 'dialplan' | 'directory' | 'result';

/** Attributes in the order they are written. An absent value writes no attribute. */
export type Attributes = Readonly<Record<string, string | undefined>>;

/** FreeSWITCH reads a reply line by line and drops the line of an XML declaration: so none. */
const LAYOUT = { headless: true, prettyPrint: true, indent: '', newline: '\n' } as const;

/**
 * Builds `<document type="freeswitch/xml"><section name=…>…</section></document>`, one element a
 * line, without an XML declaration, ended by a newline.
 *
 * @example
 * documentText('directory', (section) => appendElement(section, 'domain', { name: 'acme.example' }));
 */
export function documentText(name: SectionName, fill: (section: XmlElement) => void): string {
  const root = appendElement(create(), 'document', { type: 'freeswitch/xml' });
  fill(appendElement(root, 'section', { name }));
  return root.toString(LAYOUT) + '\n';
}

/**
 * Appends an element whose attribute values are made safe for FreeSWITCH, whatever they hold.
 * Element and attribute names are constants of this room.
 */
export function appendElement(
  parent: XmlElement,
  name: string,
  attributes: Attributes,
): XmlElement {
  // Naming the absent namespace spares xmlbuilder2 a search up the tree: half the time per element.
  const element = parent.ele(null, name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined) element.att(attribute, attributeText(value));
  }
  return element;
}

/** Appends `<name><child name="…" value="…"/>…</name>`: FreeSWITCH's usual shape for settings. */
export function appendPairs(
  parent: XmlElement,
  child: 'param' | 'variable',
  pairs: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(pairs)) {
    appendElement(parent, child, { name, value });
  }
}

/** A count for FreeSWITCH's `atoi`: a whole number from 0 to 2147483647, 0 when not a number. */
export function countText(value: number): string {
  if (Number.isNaN(value)) return '0';
  return String(Math.min(Math.max(Math.trunc(value), 0), 0x7fffffff));
}

/**
 * xmlbuilder2 takes `&lt;` and the like in a value for entities already escaped and leaves them, so
 * the text `&lt;` would be read back as `<`. With each `&` escaped here it leaves those alone.
 */
function attributeText(value: string): string {
  const safe = safeText(value);
  return safe.includes('&') ? safe.replaceAll('&', '&amp;') : safe;
}
