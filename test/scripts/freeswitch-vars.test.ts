import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { XMLValidator } from 'fast-xml-parser';
import { describe, it } from 'mocha';
import { freeswitchVarsText, writeFreeswitchVars } from '../../scripts/demo/freeswitch-vars.js';

const CONF = fileURLToPath(new URL('../../../freeswitch-conf/', import.meta.url));
const EXAMPLE = 'ringledger-vars.example.xml';

const VARS = {
  switchName: 'fs1',
  xmlUrl: 'http://127.0.0.1:8080/freeswitch/xml',
  cdrUrl: 'http://127.0.0.1:8080/freeswitch/cdr',
  credentials: 'fs1:secret',
  eslPort: 8021,
  eslPassword: 'secret',
};

/** The tree's own files; the one with real secrets, if there is one, is not among them. */
function confFiles(): readonly string[] {
  const files = readdirSync(CONF, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.xml') && file !== 'ringledger-vars.xml');
}

function setNames(text: string): readonly string[] {
  return [...text.matchAll(/cmd="set" data="(rl_\w+)=/g)].map(([, name]) => name ?? '').sort();
}

function usedNames(): readonly string[] {
  const texts = confFiles().map((file) => readFileSync(join(CONF, file), 'utf8'));
  const names = texts.flatMap((text) => [...text.matchAll(/\$\$\{(rl_\w+)\}/g)]);
  return [...new Set(names.map(([, name]) => name ?? ''))].sort();
}

describe('the FreeSWITCH configuration tree', () => {
  it('is well-formed XML', () => {
    const wrong = confFiles().filter(
      (file) => XMLValidator.validate(readFileSync(join(CONF, file), 'utf8')) !== true,
    );
    expect(wrong).to.deep.equal([]);
  });

  it('uses exactly the variables that the example shows and the demo writes', () => {
    expect(setNames(readFileSync(join(CONF, EXAMPLE), 'utf8'))).to.deep.equal(usedNames());
    expect(setNames(freeswitchVarsText(VARS))).to.deep.equal(usedNames());
  });

  it('has no user on disk and only a refusal in its dialplan', () => {
    const texts = confFiles().map((file) => readFileSync(join(CONF, file), 'utf8'));
    expect(texts.filter((text) => /<user\b|<gateway\b/.test(text))).to.deep.equal([]);
    const actions = texts.flatMap((text) => text.match(/<action [^>]*>/g) ?? []);
    const refusal = '<action application="respond" data="503 Billing Unavailable"/>';
    expect(actions).to.deep.equal([refusal, refusal]);
  });
});

describe('the variables file', () => {
  it('is readable by its owner only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringledger-vars-'));
    try {
      const path = join(folder, 'ringledger-vars.xml');
      writeFreeswitchVars(path, VARS);
      expect(statSync(path).mode & 0o777).to.equal(0o600);
      expect(readdirSync(folder)).to.deep.equal(['ringledger-vars.xml']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const value of ['pass"word', 'pass<word', 'pass&word', '$${x}', 'pass word', 'pass\nword']) {
    it(`takes no ${JSON.stringify(value)}, and does not repeat it`, () => {
      expect(() => freeswitchVarsText({ ...VARS, eslPassword: value }))
        .to.throw('rl_esl_password')
        .with.property('message')
        .that.does.not.contain(value);
    });
  }
});
