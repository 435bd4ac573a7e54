import type { Finding, Source } from './source.js';

export const MAX_LINES = 400;

/** Words that promise work for later; what is not done is said elsewhere, or done. */
const UNFINISHED = /\b(FIXME|TODO|XXX|HACK)\b/;

/** These name the words above in order to find them. */
const TALKS_ABOUT_RULES = /^(scripts\/tidy\/|test\/scripts\/)/;

const CODE_FILE = /\.(tsx?|mjs|cjs|js|sh)$|^scripts\/(start|test)$/;

export function checkText(source: Source): Finding[] {
  return [...unfinished(source), ...tooLong(source), ...badName(source)];
}

function unfinished({ path, lines }: Source): Finding[] {
  if (TALKS_ABOUT_RULES.test(path)) return [];
  return lines.flatMap((line, index) => {
    const word = UNFINISHED.exec(line)?.[1];
    return word === undefined
      ? []
      : [{ path, line: index + 1, rule: 'unfinished', message: `${word} is left in` }];
  });
}

/** The schema may be long: it is one list, read by name. */
function tooLong({ path, lines }: Source): Finding[] {
  if (!CODE_FILE.test(path) || path.startsWith('db/schema/') || lines.length <= MAX_LINES) {
    return [];
  }
  const message = `${lines.length} lines, at most ${MAX_LINES}`;
  return [{ path, line: MAX_LINES + 1, rule: 'length', message }];
}

function badName({ path }: Source): Finding[] {
  const name = path.split('/').at(-1) ?? '';
  if (!/\.tsx?$/.test(name) || /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.tsx?$/.test(name)) return [];
  return [{ path, line: 1, rule: 'name', message: `${name} is not kebab-case` }];
}
