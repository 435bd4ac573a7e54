import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { ConfigError, loadConfig, settingsTable } from '../server/config.js';

const README = new URL('../../README.md', import.meta.url);
const MARKED = /<!-- settings -->[\s\S]*<!-- \/settings -->/;

/**
 * Says everything that is wrong with the settings and fails, or says nothing. With an option it is
 * about the table of all settings instead: print it, or put it between the README's two marks.
 * Usage: node dist/scripts/check-config.js [--table | --write-readme]
 */
function main(option: string | undefined): number {
  if (option === '--table') console.log(settingsTable());
  else if (option === '--write-readme') writeReadme();
  else return checkSettings();
  return 0;
}

function checkSettings(): number {
  try {
    loadConfig(process.env);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

function writeReadme(): void {
  const readme = readFileSync(README, 'utf8');
  if (!MARKED.test(readme)) throw new Error('README.md: found no settings marks, expected two');
  // The rows are longer than a line of prose: padded to one width they would be unreadable.
  const table = [
    '<!-- settings -->',
    '<!-- prettier-ignore-start -->',
    '',
    settingsTable(),
    '',
    '<!-- prettier-ignore-end -->',
    '<!-- /settings -->',
  ].join('\n');
  writeFileSync(
    README,
    readme.replace(MARKED, () => table),
  );
}

process.exitCode = main(process.argv[2]);
