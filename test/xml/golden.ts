import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';

/** From `dist/test/xml/` back to the sources, which hold the golden files. */
const GOLDEN = new URL('../../../test/xml/golden/', import.meta.url);

/** Compares byte for byte with `golden/<name>`; with `UPDATE_GOLDEN=1` it writes the file instead. */
export function expectGolden(name: string, text: string): void {
  const file = new URL(name, GOLDEN);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(file, text, 'utf8');
    return;
  }
  expect(text).to.equal(readFileSync(file, 'utf8'));
}
