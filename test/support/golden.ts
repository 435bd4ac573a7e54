import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';

/** From `dist/test/support/` back to the sources, which hold the golden files. */
const TESTS = new URL('../../../test/', import.meta.url);

/**
 * Compares text byte for byte with a file of a folder under `test/`; with `UPDATE_GOLDEN=1` it writes
 * the file instead.
 */
export function goldenFiles(folder: string): (name: string, text: string) => void {
  const place = new URL(`${folder}/`, TESTS);
  return (name, text) => {
    const file = new URL(name, place);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(place, { recursive: true });
      writeFileSync(file, text, 'utf8');
      return;
    }
    expect(text).to.equal(readFileSync(file, 'utf8'));
  };
}
