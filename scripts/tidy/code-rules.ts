import ts from 'typescript';
import { roomOf } from './import-rules.js';
import { lineOf, walk } from './source.js';
import type { Finding, Source } from './source.js';

/** Says what is wrong with one node, or nothing. */
type NodeRule = (node: ts.Node, source: Source) => string | undefined;

interface Rule {
  readonly name: string;
  /** Where the rule holds. */
  readonly applies: (path: string) => boolean;
  readonly check: NodeRule;
}

const inRooms =
  (...rooms: readonly string[]) =>
  (path: string): boolean =>
    rooms.includes(roomOf(path));

const RULES: readonly Rule[] = [
  {
    name: 'clock',
    applies: (path) => inRooms('rating', 'xml', 'db', 'server')(path) && path !== 'server/clock.ts',
    check: readsTime,
  },
  { name: 'random', applies: inRooms('rating', 'xml'), check: drawsRandomNumber },
  {
    name: 'float',
    applies: inRooms('rating', 'xml', 'db', 'server', 'scripts'),
    check: makesFloat,
  },
  {
    name: 'console',
    applies: inRooms('rating', 'xml', 'db', 'server'),
    check: (node) => (isMember(node, 'console') ? 'use the log, not the console' : undefined),
  },
  { name: 'any', applies: () => true, check: usesAny },
  { name: 'export', applies: (path) => !/\.(config|d)\.ts$/.test(path), check: exportsDefault },
  { name: 'focus', applies: inRooms('test'), check: leavesTestsOut },
];

export function checkCode(source: Source): Finding[] {
  const { tree, path } = source;
  if (tree === undefined) return [];
  const rules = RULES.filter(({ applies }) => applies(path));
  const findings: Finding[] = [];
  walk(tree, (node) => {
    for (const { name, check } of rules) {
      const message = check(node, source);
      if (message !== undefined) {
        findings.push({ path, line: lineOf(tree, node), rule: name, message });
      }
    }
  });
  return findings;
}

/** `object.member`, or any member of the object when none is named. */
function isMember(node: ts.Node, object: string, member?: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === object &&
    (member === undefined || node.name.text === member)
  );
}

function readsTime(node: ts.Node): string | undefined {
  if (isMember(node, 'Date', 'now')) return 'take a Clock instead of reading Date.now';
  const isBareDate =
    ts.isNewExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'Date' &&
    (node.arguments?.length ?? 0) === 0;
  return isBareDate ? 'take a Clock instead of new Date()' : undefined;
}

function drawsRandomNumber(node: ts.Node): string | undefined {
  return isMember(node, 'Math', 'random') ? 'take the number as an argument' : undefined;
}

const MONEY_WORD = /amount|price|cost|balance|fee|credit|held|money/i;

/** Decimals become doubles only where a comment says that they are no money. */
function makesFloat(node: ts.Node, source: Source): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const callee = node.expression;
  if (ts.isIdentifier(callee) && callee.text === 'parseFloat') return 'money is a Decimal';
  if (isMember(callee, 'Number', 'parseFloat')) return 'money is a Decimal';
  const isToNumber = ts.isPropertyAccessExpression(callee) && callee.name.text === 'toNumber';
  const isNumberOfMoney =
    ts.isIdentifier(callee) &&
    callee.text === 'Number' &&
    MONEY_WORD.test(node.arguments[0]?.getText(source.tree) ?? '');
  if (!(isToNumber || isNumberOfMoney) || saysNotMoney(node, source)) return undefined;
  return 'money is a Decimal; if this is none, say so in a comment above: // Not money: …';
}

/** The comment is on the call's line, or in the block of comments just above its statement. */
function saysNotMoney(node: ts.Node, source: Source): boolean {
  if (source.tree === undefined) return false;
  let statement = node;
  while (statement.parent !== undefined && !ts.isStatement(statement)) statement = statement.parent;
  const last = lineOf(source.tree, node);
  let first = lineOf(source.tree, statement);
  while (/^\s*(\/\/|\*|\/\*)/.test(source.lines[first - 2] ?? '')) first -= 1;
  return source.lines.slice(first - 1, last).some((line) => /\bNot money:/.test(line));
}

function usesAny(node: ts.Node): string | undefined {
  return node.kind === ts.SyntaxKind.AnyKeyword ? 'use unknown and parse it' : undefined;
}

function exportsDefault(node: ts.Node): string | undefined {
  const isDefault =
    ts.isExportAssignment(node) ||
    (ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true);
  return isDefault ? 'named exports only' : undefined;
}

const TEST_WORDS = new Set(['describe', 'it', 'context', 'specify', 'suite', 'test']);
const LEFT_OUT_WORDS = new Set(['xit', 'xdescribe', 'xcontext', 'xspecify']);

/** A skip at run time is for suites that need what a machine may not have. */
function leavesTestsOut(node: ts.Node, source: Source): string | undefined {
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    return LEFT_OUT_WORDS.has(node.expression.text) ? 'no test is left out' : undefined;
  }
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const { expression, name } = node;
  if (name.text !== 'only' && name.text !== 'skip') return undefined;
  if (ts.isIdentifier(expression) && TEST_WORDS.has(expression.text)) {
    return `no ${expression.text}.${name.text}`;
  }
  const isRunTimeSkip = expression.kind === ts.SyntaxKind.ThisKeyword && name.text === 'skip';
  return isRunTimeSkip && !source.path.startsWith('test/freeswitch/')
    ? 'a test that cannot run fails; it is not skipped'
    : undefined;
}
