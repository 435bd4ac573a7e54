import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  /** All it has said so far, on both streams. */
  said(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

/** Everything started here, so that a failed test leaves nothing running. */
const everything: Started[] = [];

function run(folder: string, env: NodeJS.ProcessEnv): Started {
  const child = spawn('./scripts/start', {
    cwd: folder,
    // Empty counts as unset: the tests' own surroundings must not decide.
    env: { ...process.env, DATABASE_URL: '', SECRET_KEY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a terminal gives it, so that Ctrl-C can be sent to all of it.
    detached: true,
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const started = { child, said: () => text, ended };
  everything.push(started);
  return started;
}

function pressCtrlC({ child }: Started): void {
  if (child.pid === undefined) throw new Error('scripts/start was not started');
  process.kill(-child.pid, 'SIGINT');
}

/** Waits for the words; fails with everything said when the script ends without them. */
async function hear(started: Started, words: string): Promise<void> {
  for (;;) {
    if (started.said().includes(words)) return;
    if (started.child.exitCode !== null || started.child.signalCode !== null) {
      throw new Error(`ended before saying ${JSON.stringify(words)}:\n${started.said()}`);
    }
    await pause(50);
  }
}

const COPIED = [
  'dist',
  'scripts',
  'db',
  'server',
  'freeswitch-conf',
  'package.json',
  'package-lock.json',
];

/** The project as built, with data of its own: sources, build and scripts, no packages. */
async function copyProject(): Promise<string> {
  await mkdir(join(PROJECT, '.data'), { recursive: true });
  const folder = await mkdtemp(join(PROJECT, '.data/test-start-'));
  await chmod(folder, 0o711);
  for (const part of COPIED) {
    await cp(join(PROJECT, part), join(folder, part), { recursive: true });
  }
  // What is tested here was compiled a moment ago, and Node finds the packages in the folders above.
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  await symlink('/bin/true', join(folder, 'node_modules/.bin/tsc'));
  await writeFile(join(folder, 'node_modules/.package-lock.json'), '{}');
  return folder;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

/** Above the largest pid Linux gives. */
const NO_PROCESS = 2 ** 22 + 1;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('scripts/start', function () {
  this.timeout(120_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;

  const pidIn = async (file: string): Promise<number> =>
    Number(await readFile(join(folder, '.data', file), 'utf8'));

  before(async () => {
    folder = await copyProject();
    env = { HTTP_PORT: String(await freePort()), ESL_ENABLED: 'false' };
  });

  after(async () => {
    for (const { child } of everything) child.kill('SIGTERM');
    await Promise.all(everything.map(({ ended }) => ended));
    await rm(folder, { recursive: true, force: true });
  });

  it('reports all bad settings at once and starts nothing', async () => {
    const started = run(folder, { HTTP_PORT: 'http', LOG_LEVEL: 'loud' });
    expect(await started.ended).to.equal(1);
    expect(started.said()).to.contain('HTTP_PORT: found "http"');
    expect(started.said()).to.contain('LOG_LEVEL: found "loud"');
    expect(started.said()).to.not.contain('MariaDB');
  });

  it('starts all there is, says what a newcomer needs, and stops in order on SIGTERM', async () => {
    const started = run(folder, env);
    await hear(started, 'npm run replay');
    const said = started.said();
    for (const words of ['making a new database', 'loading the demo tenant', 'API key', '1001@']) {
      expect(said).to.contain(words);
    }
    const response = await fetch(`http://127.0.0.1:${env['HTTP_PORT']}/readyz`);
    expect(response.status).to.equal(200);
    for (const file of ['secret.key', 'database.url', 'database.password', 'local.json']) {
      expect(await modeOf(join(folder, '.data', file)), file).to.equal('600');
    }
    const database = await pidIn('mysql/mariadbd.pid');
    started.child.kill('SIGTERM');
    expect(await started.ended).to.equal(0);
    expect(started.said()).to.match(/stopping the engine[\s\S]*==> stopped/);
    expect(isAlive(database)).to.equal(false);
  });

  it('picks up its data when it is started again, also after it was killed', async () => {
    const local = await readFile(join(folder, '.data/local.json'), 'utf8');
    const key = await readFile(join(folder, '.data/secret.key'), 'utf8');
    const killed = run(folder, env);
    await hear(killed, 'npm run replay');
    killed.child.kill('SIGKILL');
    await killed.ended;
    const again = run(folder, env);
    await hear(again, 'npm run replay');
    for (const started of [killed, again]) {
      expect(started.said()).to.contain('the schema is up to date');
      expect(started.said()).to.not.match(/making a new database|loading the demo tenant/);
    }
    expect(again.said()).to.contain('database that an earlier start left behind');
    expect(again.said()).to.contain('engine that an earlier start left behind');
    expect(await readFile(join(folder, '.data/local.json'), 'utf8')).to.equal(local);
    expect(await readFile(join(folder, '.data/secret.key'), 'utf8')).to.equal(key);
    pressCtrlC(again);
    expect(await again.ended).to.equal(0);
  });

  it('leaves nothing running when Ctrl-C comes before the engine is started', async () => {
    const started = run(folder, env);
    await hear(started, 'starting the private MariaDB');
    const database = await pidIn('mysql/mariadbd.pid').catch(() => pause(700));
    pressCtrlC(started);
    expect(await started.ended).to.not.equal(0);
    await pause(300);
    const left = database ?? (await pidIn('mysql/mariadbd.pid').catch(() => NO_PROCESS));
    expect(isAlive(left)).to.equal(false);
  });

  it('refuses a second start in the same folder, and ends with the engine', async () => {
    const first = run(folder, env);
    await hear(first, 'npm run replay');
    const second = run(folder, env);
    expect(await second.ended).to.equal(1);
    expect(second.said()).to.contain('another ./scripts/start is running');
    process.kill(await pidIn('engine.pid'), 'SIGKILL');
    expect(await first.ended).to.equal(137);
    expect(isAlive(await pidIn('mysql/mariadbd.pid').catch(() => NO_PROCESS))).to.equal(false);
  });
});

/** Runs functions of the shell helpers, with others put in the place of what the machine has. */
async function shell(script: string): Promise<{ code: number | null; said: string }> {
  const libraries = ['output', 'setup', 'mariadb'].map((name) => `. scripts/lib/${name}.sh`);
  const child = spawn('bash', ['-c', [...libraries, script].join('\n')], { cwd: PROJECT });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, said };
}

describe('the set-up both commands share', () => {
  const versions: readonly [version: string, minimum: string, enough: boolean][] = [
    ['20.19.0', '20.19', true],
    ['20.20.2', '20.19', true],
    ['22.1.0', '20.19', true],
    ['20.18.3', '20.19', false],
    ['18.19.1', '20.19', false],
    ['9.99.0', '20.19', false],
  ];
  for (const [version, minimum, enough] of versions) {
    it(`takes ${version} for ${enough ? 'new enough' : 'too old'} where ${minimum} is needed`, async () => {
      const { code } = await shell(`is_at_least ${version} ${minimum}`);
      expect(code === 0).to.equal(enough);
    });
  }

  it('says what to do when Node is missing', async () => {
    const { code, said } = await shell('PATH=/nowhere; require_node');
    expect(code).to.equal(1);
    expect(said).to.match(/Node\.js is missing: expected 20\.19[\s\S]*nodejs\.org/);
  });

  const missing = 'find_mariadb() { return 1; }';
  it('says what to do when MariaDB is missing and the user is not root', async () => {
    const { code, said } = await shell(
      `${missing}; apt-get() { :; }; id() { echo 1000; }; require_mariadb`,
    );
    expect(code).to.equal(1);
    expect(said).to.match(/only root can install it[\s\S]*apt-get install[\s\S]*DATABASE_URL=/);
  });

  it('installs MariaDB when root can, and says so when that fails', async () => {
    const script = `${missing}; id() { echo 0; }; apt_install_quietly() { echo "asked for $*" >&2; return 1; }`;
    const { code, said } = await shell(`${script}; apt-get() { :; }; require_mariadb`);
    expect(code).to.equal(1);
    expect(said).to.match(/asked for mariadb-server[\s\S]*could not install[\s\S]*DATABASE_URL=/);
  });

  it('puts the socket elsewhere when its path would be too long', async () => {
    const { said } = await shell(
      `mariadb_choose_socket "/$(printf 'x%.0s' {1..110})" "$(id -un)"; echo "$MARIADB_SOCKET"; rm -r "$MARIADB_SOCKET_FOLDER"`,
    );
    expect(said).to.match(/^\/tmp\/ringledger\.\w{8}\/mysql\.sock\n$/);
  });
});
