import { posix } from 'node:path';
import type { Finding, ImportStatement, Source } from './source.js';

/** What a room may import: packages by pattern, and other rooms, some for their types only. */
interface RoomRule {
  readonly packages: RegExp;
  readonly rooms: readonly string[];
  readonly typesFrom?: readonly string[];
}

const NOTHING = /^(?!)/;
const NO_DATABASE_DRIVER = /^(?!drizzle|mysql2)/;

/** Arrows point inward: rating and xml know nobody, db knows them, server knows those three. */
const ROOMS: Readonly<Record<string, RoomRule>> = {
  rating: { packages: /^decimal\.js$/, rooms: [] },
  xml: { packages: /^xmlbuilder2($|\/)/, rooms: [] },
  db: {
    packages: /^(node:|decimal\.js$|uuid$|drizzle-(orm|kit)($|\/)|mysql2($|\/))/,
    rooms: ['rating'],
    typesFrom: ['xml/records'],
  },
  'server/console': {
    packages: /^(react|react-dom|react-router|vite|@vitejs)($|[-/])/,
    rooms: [],
    typesFrom: ['server/api/contract'],
  },
  server: { packages: NO_DATABASE_DRIVER, rooms: ['rating', 'xml', 'db'] },
  scripts: { packages: /./, rooms: ['rating', 'xml', 'db', 'server'] },
  test: { packages: /./, rooms: ['rating', 'xml', 'db', 'server', 'scripts'] },
};

const OUTSIDE: RoomRule = { packages: NOTHING, rooms: [] };

/** Files that somebody starts, rather than imports. */
const ENTRY_POINTS = [
  /^server\/main\.ts$/,
  // Threads are started by the address of their file.
  /-worker\.ts$/,
  /^scripts\/[^/]+\.ts$/,
  /^test\/(.*\/)?[^/]+\.test\.ts$/,
  /^test\/bench\/[^/]+\.ts$/,
  /^server\/console\/main\.tsx?$/,
  /\.config\.ts$/,
  /\.d\.ts$/,
];

/** The longest room name that the path is in: `server/console` rather than `server`. */
export function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return `${first}/${second}` in ROOMS ? `${first}/${second}` : first;
}

export function checkImports(source: Source): Finding[] {
  const room = roomOf(source.path);
  const rule = ROOMS[room] ?? OUTSIDE;
  return source.imports.flatMap((statement) => {
    const message = objection(source, room, rule, statement);
    return message === undefined
      ? []
      : [{ path: source.path, line: statement.line, rule: 'imports', message }];
  });
}

function objection(
  source: Source,
  room: string,
  rule: RoomRule,
  statement: ImportStatement,
): string | undefined {
  const { specifier } = statement;
  if (!specifier.startsWith('.')) {
    return rule.packages.test(specifier) ? undefined : `${room} may not import ${specifier}`;
  }
  const target = resolve(source.path, specifier);
  const other = roomOf(target);
  if (other === room || rule.rooms.includes(other)) return undefined;
  const hasTypes = rule.typesFrom?.some((path) => target.startsWith(path)) === true;
  if (hasTypes && statement.typeOnly) return undefined;
  return hasTypes
    ? `${room} may import only types from ${target} (import type)`
    : `${room} may not import from ${other}`;
}

/** `./money.js` seen from `rating/call/x.ts` is `rating/call/money.ts`. */
function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js(x?)$/, '.ts$1');
}

type Graph = ReadonlyMap<string, readonly ImportStatement[]>;

/** Import cycles, each reported once, at the import that closes it. Types count: they tangle too. */
export function checkCycles(sources: readonly Source[]): Finding[] {
  const graph: Graph = new Map(sources.map((source) => [source.path, source.imports]));
  const finished = new Set<string>();
  const findings: Finding[] = [];
  for (const path of graph.keys()) visit(graph, path, [], finished, findings);
  return findings;
}

function visit(
  graph: Graph,
  path: string,
  trail: readonly string[],
  finished: Set<string>,
  findings: Finding[],
): void {
  if (finished.has(path)) return;
  const here = [...trail, path];
  for (const { specifier, line } of graph.get(path) ?? []) {
    const target = specifier.startsWith('.') ? resolve(path, specifier) : '';
    const start = here.indexOf(target);
    if (start >= 0) {
      const cycle = [...here.slice(start), target].join(' -> ');
      findings.push({ path, line, rule: 'cycle', message: cycle });
    } else if (graph.has(target)) {
      visit(graph, target, here, finished, findings);
    }
  }
  finished.add(path);
}

/** Source files that nobody imports and nobody starts. */
export function checkDeadFiles(sources: readonly Source[]): Finding[] {
  const imported = new Set(
    sources.flatMap((source) =>
      source.imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => resolve(source.path, specifier)),
    ),
  );
  return sources
    .filter(({ tree, path }) => tree !== undefined && !imported.has(path))
    .filter(({ path }) => !ENTRY_POINTS.some((pattern) => pattern.test(path)))
    .map(({ path }) => ({ path, line: 1, rule: 'dead', message: 'nobody imports this file' }));
}
