import ts from 'typescript';

/** Something a rule objects to; `line` counts from 1. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

export interface ImportStatement {
  /** As written: `./money.js`, `decimal.js`, `node:fs`. */
  readonly specifier: string;
  readonly line: number;
  /** Nothing is left of it after compilation. */
  readonly typeOnly: boolean;
}

/** One file as the rules see it. Files that are not TypeScript have no `tree`. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly tree: ts.SourceFile | undefined;
  readonly imports: readonly ImportStatement[];
}

/** Parses a file; the path is relative to the project's folder, with forward slashes. */
export function parseSource(path: string, text: string): Source {
  const isTypeScript = /\.tsx?$/.test(path);
  const tree = isTypeScript
    ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
    : undefined;
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return { path, text, lines, tree, imports: tree === undefined ? [] : importsOf(tree) };
}

export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Calls `visit` for every node of the file, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

function importsOf(tree: ts.SourceFile): ImportStatement[] {
  const found: ImportStatement[] = [];
  walk(tree, (node) => {
    const target = importTarget(node);
    if (target === undefined || !ts.isStringLiteralLike(target)) return;
    found.push({
      specifier: target.text,
      line: lineOf(tree, node),
      typeOnly: isTypeOnly(node),
    });
  });
  return found;
}

function importTarget(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return node.arguments[0];
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return node.argument.literal;
  }
  return undefined;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node)) return false;
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}
