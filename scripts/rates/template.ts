import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { importTemplate } from '../../server/rates/export/export-release.js';
import type { RatesCommand } from './command.js';
import { textOption } from './command.js';

export const templateCommand: RatesCommand = {
  name: 'template',
  summary: 'Write a CSV file to fill in',
  usage: `Usage: npm run rates -- template [--out FILE]
Writes a rate deck with one line of each usual kind. Needs no database.`,
  options: { out: { type: 'string' } },
  async run({ values, context }) {
    const out = textOption(values, 'out');
    if (out === undefined) {
      process.stdout.write(importTemplate());
      return 0;
    }
    await writeFile(out, importTemplate());
    context.json({ file: out });
    context.say(`Wrote ${out}.`);
    return 0;
  },
};
