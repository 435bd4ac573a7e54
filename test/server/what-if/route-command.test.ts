import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { describe, it } from 'mocha';
import {
  accountGuards,
  extensions,
  packageAssignments,
  packagePrefixes,
  packages,
} from '../../../db/schema/index.js';
import { accountGuard, addPackage } from '../../support/world-rules.js';
import { BETA_1001, buildWorld } from '../../support/world.js';
import { withQuestions } from './asking.js';
import { checksums } from './checksums.js';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe('npm run route', function () {
  this.timeout(120_000);
  const questions = withQuestions();

  function route(...args: readonly string[]): Promise<Ended> {
    const script = fileURLToPath(new URL('../../../scripts/route.js', import.meta.url));
    const env = { ...process.env, DATABASE_URL: questions().url };
    return new Promise((resolve) => {
      execFile(process.execPath, [script, ...args], { env }, (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
    });
  }

  const call = ['--from', '1001@beta.example', '--to', '+44 7700 900123'];

  it('says on one screen what a call would do, and changes nothing', async () => {
    const before = await checksums(questions().url);
    const { code, out, err } = await route(...call, '--duration', '90');
    expect(code, err).to.equal(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).to.be.lessThan(60);
    expect(out).to.include('ROUTED: 3 carrier routes; can last 10000 s (limited by Account 4)');
    expect(out).to.match(
      /^Account 4 .* beta retail .* #3 .* 44 .* 0\.6 .* 1\/1 .* 0\.900000 {2}EUR$/m,
    );
    expect(out).to.match(/^Account 2 .* wholesale .* #2 .* 0\.3 .* 0\.450000 {2}EUR$/m);
    expect(out).to.match(/^1 +carrierA .* 0\.360000 .* 0\.540000$/m);
    expect(out).to.include('sofia/gateway/carrierA/77#447700900123');
    expect(await checksums(questions().url)).to.deep.equal(before);
  });

  it('shows own money, inclusive time, guards and limits where there are any', async () => {
    const { orm } = questions().database;
    const world = buildWorld();
    addPackage(world, { id: 5, accountId: 4, extensionId: BETA_1001, prefixes: ['44'] });
    await orm.insert(packages).values(world.packages);
    await orm.insert(packagePrefixes).values(world.packagePrefixes);
    await orm.insert(packageAssignments).values(world.packageAssignments);
    await orm.insert(accountGuards).values(accountGuard(2, { dailySpend: '9.000000' }));
    const limited = { funds: 'own', maxCalls: 2 } as const;
    await orm.update(extensions).set(limited).where(eq(extensions.id, BETA_1001));
    const { out, err } = await route(...call, '--duration', '90');
    await orm.update(extensions).set({ funds: 'account', maxCalls: null });
    await orm.delete(accountGuards);
    await orm.delete(packageAssignments);
    expect(err).to.equal('');
    expect(out).to.include('can last 600 s (limited by 1001@beta.example)');
    expect(out).to.match(/^own money of 1001@beta\.example .* 0\.000000 {2}EUR$/m);
    expect(out).to.match(/^package, assignment 5 +600 of 600 s +1 s +90 s {2}20\d\d-/m);
    expect(out).to.match(/^account 2 +daily_spend +limit +day .*, limit 9\.000000, spent 0\.0/m);
    expect(out).to.match(/^extension 4 +0 of 2$/m);
    expect((await route('--from', '1001@beta.example', '--to', '112')).out).to.include(
      'FREE: outbound call to an emergency number, by carrierC, carrierB, carrierA in turn',
    );
  });

  it('ends with 1 for a call that would be refused, and says why', async () => {
    const { code, out } = await route('--from', '1001@acme.example', '--to', '34910000000');
    expect(code).to.equal(1);
    expect(out).to.include('REFUSED: would_lose_money');
    expect(out).to.match(/carrierA .* would_lose_money: /);
  });

  it('prints the document of the API', async () => {
    const { code, out } = await route(...call, '--json', '--at', '2030-01-01T00:00:00Z');
    expect(code).to.equal(0);
    const answer = JSON.parse(out) as {
      outcome: string;
      question: { at: string; is_now: boolean };
      payers: readonly { price: { amount: string } }[];
    };
    expect(answer.outcome).to.equal('routed');
    expect(answer.question).to.include({ at: '2030-01-01T00:00:00.000Z', is_now: false });
    expect(answer.payers.map(({ price }) => price.amount)).to.deep.equal(['0.600000', '0.300000']);
  });

  it('ends with 2 and names the option for what cannot be asked', async () => {
    for (const [args, option] of [
      [['--from', 'nobody@acme.example', '--to', '44770'], '--from'],
      [['--from', '1001@acme.example', '--to', 'x'.repeat(500)], '--to'],
      [['--from', '1001@acme.example', '--to', '44${system(id)}'], '--to'],
      [[...call, '--duration', '-5'], '--duration'],
      [[...call, '--duration', '1e3'], '--duration'],
      [[...call, '--at', 'tomorrow'], '--at'],
      [[...call, '--release', '1; drop table calls'], '--release'],
      [['--to', '44770'], '--from'],
      [[...call, '--unknown'], '--unknown'],
    ] as const) {
      const { code, out, err } = await route(...args);
      expect(code, err).to.equal(2);
      expect(out).to.equal('');
      expect(err).to.match(/^error: /);
      expect(err).to.include(option);
    }
  });
});
