import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ConfigError, loadConfig, loadSettings, settingsTable } from '../../../server/config.js';
import type { ReadText } from '../../../server/config.js';

const KEY = 'ab'.repeat(32);
const URL_GIVEN = 'mysql://ringledger:pw@db.example:3306/ringledger';
const GIVEN = { DATABASE_URL: URL_GIVEN, SECRET_KEY: KEY };
const noFiles: ReadText = () => undefined;

function problemsOf(env: NodeJS.ProcessEnv, readText: ReadText = noFiles): readonly string[] {
  try {
    loadConfig(env, readText);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  it('have defaults for all but the database and the key', () => {
    const config = loadConfig(GIVEN, noFiles);
    expect(config).to.include({
      databaseUrl: URL_GIVEN,
      databasePoolSize: 16,
      httpHost: '127.0.0.1',
      httpPort: 8080,
      holdSliceS: 300,
      maxCallS: 14_400,
      eslEnabled: true,
      internationalPrefix: '00',
    });
    expect(config.nodeId).to.match(/^[A-Za-z0-9._-]+$/);
  });

  it('report every problem at once, with what was found and what was expected', () => {
    const env = {
      ...GIVEN,
      HTTP_PORT: '99999',
      ESL_ENABLED: 'yes',
      LOG_LEVEL: 'loud',
      HOLD_SLICE_SECONDS: '3.5',
    };
    expect(problemsOf(env)).to.deep.equal([
      'HTTP_PORT: found "99999", expected a whole number from 0 to 65535',
      'LOG_LEVEL: found "loud", expected one of trace, debug, info, warn, error, fatal, silent',
      'HOLD_SLICE_SECONDS: found "3.5", expected a whole number from 30 to 86400 (seconds)',
      'ESL_ENABLED: found "yes", expected true or false',
    ]);
  });

  it('name what is missing and where it could be', () => {
    const problems = problemsOf({});
    expect(problems).to.have.length(2);
    expect(problems[0]).to.match(
      /^DATABASE_URL: found nothing, expected mysql:.*DATABASE_URL_FILE/,
    );
    expect(problems[1]).to.match(/^SECRET_KEY: found nothing, expected 64 .*SECRET_KEY_FILE/);
  });

  it('never show a secret in a problem', () => {
    const problems = problemsOf({ DATABASE_URL: 'pg://u:hunter2@h/n', SECRET_KEY: 'hunter2' });
    expect(problems).to.have.length(2);
    expect(problems.join('\n')).to.not.contain('hunter2');
  });

  it('take an empty variable for an unset one', () => {
    expect(loadConfig({ ...GIVEN, HTTP_PORT: '' }, noFiles).httpPort).to.equal(8080);
  });

  it('read the key and the address from the first line of their files', () => {
    const readText: ReadText = (path) =>
      path === '/keys/one'
        ? `${KEY}\nrest`
        : path.endsWith('.data/database.url')
          ? `${URL_GIVEN}\n`
          : undefined;
    const config = loadConfig({ SECRET_KEY_FILE: '/keys/one' }, readText);
    expect(config.secretKey).to.equal(KEY);
    expect(config.databaseUrl).to.equal(URL_GIVEN);
  });

  it('prefer the variable to the file', () => {
    const readText: ReadText = () => 'f'.repeat(64);
    expect(loadConfig(GIVEN, readText).secretKey).to.equal(KEY);
  });

  it('refuse a margin that a heartbeat could miss or that never lets a hold be', () => {
    expect(problemsOf({ ...GIVEN, HOLD_EXTEND_MARGIN_SECONDS: '60' })).to.deep.equal([
      'HOLD_EXTEND_MARGIN_SECONDS: found 60, expected more than HEARTBEAT_SECONDS (60)',
    ]);
    expect(problemsOf({ ...GIVEN, HOLD_EXTEND_MARGIN_SECONDS: '300' })).to.deep.equal([
      'HOLD_EXTEND_MARGIN_SECONDS: found 300, expected less than HOLD_SLICE_SECONDS (300)',
    ]);
  });

  it('can be read in part, without what the reader does not need', () => {
    const { databaseUrl } = loadSettings({ DATABASE_URL: URL_GIVEN }, ['databaseUrl'], noFiles);
    expect(databaseUrl).to.equal(URL_GIVEN);
  });

  const badUrls = ['mysql://db.example/x', 'mysql://u@h', 'postgres://u@h/x', 'not a url'];
  for (const url of badUrls) {
    it(`refuse ${url} as a database address`, () => {
      expect(problemsOf({ ...GIVEN, DATABASE_URL: url })).to.have.length(1);
    });
  }

  it('each have a row in the README', () => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
    const missing = settingsTable()
      .split('\n')
      .filter((row) => !readme.includes(row));
    expect(missing, 'node dist/scripts/check-config.js --write-readme').to.deep.equal([]);
  });
});
