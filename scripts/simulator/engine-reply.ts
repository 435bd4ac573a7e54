import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** One action of the extension that matched. */
export interface Action {
  readonly application: string;
  readonly data: string;
}

export type DialplanReply =
  | { readonly kind: 'actions'; readonly actions: readonly Action[] }
  | { readonly kind: 'not_found' }
  /** FreeSWITCH could make nothing of it; the call ends for want of a route. */
  | { readonly kind: 'unusable'; readonly why: string };

export type DirectoryReply =
  | {
      readonly kind: 'user';
      readonly params: ReadonlyMap<string, string>;
      readonly variables: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'unusable'; readonly why: string };

export interface MenuEntry {
  readonly action: string;
  readonly digits: string;
  readonly param: string;
}

interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Node[];
}

const NOT_FOUND = 'not_found';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
});

/**
 * The lines of a reply that survive FreeSWITCH's configuration preprocessor, through which
 * mod_xml_curl puts every reply: a line with `<?`, `<include>` or `</include>` is dropped whole
 * (switch_xml.c: preprocess).
 */
export function preprocess(text: string): string {
  const dropped = /<\?|<\/?include>|x-pre-process/i;
  return text
    .split('\n')
    .filter((line) => !dropped.test(line))
    .join('\n');
}

/** Reads a dialplan reply: the first extension of the wanted context, or of `global`. */
export function readDialplan(text: string, context: string): DialplanReply {
  const section = sectionOf(text, 'dialplan');
  if (typeof section === 'string') return unusableOrMissing(section);
  const contexts = section.children.filter((node) => node.name === 'context');
  const found =
    contexts.find((node) => node.attributes['name'] === context) ??
    contexts.find((node) => node.attributes['name'] === 'global');
  if (found === undefined) return { kind: 'unusable', why: `no context ${context}` };
  const condition = child(child(found, 'extension'), 'condition');
  if (condition === undefined) return { kind: 'unusable', why: 'no extension with a condition' };
  if (condition.attributes['field'] !== undefined) {
    return { kind: 'unusable', why: 'conditions with a field are not simulated' };
  }
  const actions = condition.children
    .filter((node) => node.name === 'action')
    .map((node) => ({
      application: node.attributes['application'] ?? '',
      data: node.attributes['data'] ?? '',
    }));
  return { kind: 'actions', actions };
}

/** Reads a directory reply: params and variables of domain, group and user, the nearer one wins. */
export function readDirectory(text: string, user: string): DirectoryReply {
  const section = sectionOf(text, 'directory');
  if (typeof section === 'string') return unusableOrMissing(section);
  const domain = child(section, 'domain');
  const path = domain === undefined ? null : pathToUser(domain, user);
  if (path === null) return { kind: 'not_found' };
  return {
    kind: 'user',
    params: pairsAlong(path, 'params', 'param'),
    variables: pairsAlong(path, 'variables', 'variable'),
  };
}

/** The entries of one menu of an `ivr.conf` reply; null when the menu is not in it. */
export function readMenu(text: string, menu: string): readonly MenuEntry[] | null {
  const section = sectionOf(text, 'configuration');
  if (typeof section === 'string') return null;
  const found = descendants(section).find(
    (node) => node.name === 'menu' && node.attributes['name'] === menu,
  );
  if (found === undefined) return null;
  return found.children
    .filter((node) => node.name === 'entry')
    .map(({ attributes }) => ({
      action: attributes['action'] ?? '',
      digits: attributes['digits'] ?? '',
      param: attributes['param'] ?? '',
    }));
}

function unusableOrMissing(why: string): DialplanReply & DirectoryReply {
  return why === NOT_FOUND ? { kind: 'not_found' } : { kind: 'unusable', why };
}

const KEPT_REPLIES = 64;
const kept = new Map<string, Node | string>();

/** The wanted section, or why there is none. Directory replies repeat, so recent ones are kept. */
function sectionOf(text: string, wanted: string): Node | string {
  const key = `${wanted} ${text}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const section = findSection(text, wanted);
  if (kept.size >= KEPT_REPLIES) kept.clear();
  if (wanted === 'directory') kept.set(key, section);
  return section;
}

function findSection(text: string, wanted: string): Node | string {
  const lines = preprocess(text);
  if (lines.trim() === '') return 'nothing is left after the preprocessor';
  const valid = XMLValidator.validate(lines);
  if (valid !== true) return `not well formed: ${valid.err.msg}`;
  const document = nodesOf(parser.parse(lines)).find((node) => node.name === 'document');
  const sections = document?.children.filter((node) => node.name === 'section') ?? [];
  const section = sections.find((node) => node.attributes['name'] === wanted);
  if (section !== undefined) return section;
  return sections.some(isNotFound) ? NOT_FOUND : `no section ${wanted}`;
}

function isNotFound(section: Node): boolean {
  const status = child(section, 'result')?.attributes['status'];
  return section.attributes['name'] === 'result' && status === 'not found';
}

function pathToUser(node: Node, user: string): readonly Node[] | null {
  if (node.name === 'user') return node.attributes['id'] === user ? [node] : null;
  for (const below of node.children) {
    const path = pathToUser(below, user);
    if (path !== null) return [node, ...path];
  }
  return null;
}

function pairsAlong(path: readonly Node[], list: string, item: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const node of path) {
    for (const { name, attributes } of child(node, list)?.children ?? []) {
      if (name === item) pairs.set(attributes['name'] ?? '', attributes['value'] ?? '');
    }
  }
  return pairs;
}

function child(node: Node | undefined, name: string): Node | undefined {
  return node?.children.find((below) => below.name === name);
}

function descendants(node: Node): readonly Node[] {
  return [node, ...node.children.flatMap(descendants)];
}

/** The parser's ordered form: `[{ tag: [children], ':@': { attribute: text } }]`. */
function nodesOf(parsed: unknown): readonly Node[] {
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const record = entry as Readonly<Record<string, unknown>>;
    const name = Object.keys(record).find((key) => key !== ':@' && key !== '#text');
    if (name === undefined) return [];
    // The parser was told to leave attribute values as text.
    const attributes = (record[':@'] ?? {}) as Readonly<Record<string, string>>;
    return [{ name, attributes, children: nodesOf(record[name]) }];
  });
}
