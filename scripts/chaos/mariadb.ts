import { type ChildProcess, execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { killNow, startTied } from './child.js';

const SETTINGS = fileURLToPath(new URL('../../../scripts/lib/mariadb.cnf', import.meta.url));
const FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/usr/libexec'];
const START_MS = 60_000;
const SCHEMA = 'ringledger';

/** Where the server is installed, or null where it is not. */
export function findMariadb(): { readonly server: string; readonly install: string } | null {
  const paths = [...(process.env['PATH'] ?? '').split(':'), ...FOLDERS];
  const find = (name: string): string | undefined =>
    paths.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const server = find('mariadbd');
  const install = find('mariadb-install-db');
  return server === undefined || install === undefined ? null : { server, install };
}

/** A MariaDB of this run's own, on a socket in its folder, that may be killed and started again. */
export class PrivateMariadb {
  readonly url: string;
  readonly #socket: string;
  readonly #password = randomBytes(12).toString('hex');
  #child: ChildProcess | null = null;

  /** The folder exists and belongs to this run alone. */
  constructor(private readonly folder: string) {
    this.#socket = join(folder, 'mysql.sock');
    const socket = encodeURIComponent(this.#socket);
    this.url = `mysql://ringledger:${this.#password}@localhost/${SCHEMA}?socketPath=${socket}`;
  }

  /** Makes the data folder, starts the server and makes the user and the schema. */
  async create(): Promise<void> {
    const found = installed();
    const user = serverUser();
    mkdirSync(join(this.folder, 'tmp'), { recursive: true });
    this.#giveTo(user, this.folder, join(this.folder, 'tmp'));
    const data = join(this.folder, 'data');
    const args = ['--no-defaults', `--datadir=${data}`, '--skip-name-resolve', '--skip-test-db'];
    const own = user === null ? [] : [`--user=${user}`];
    const env = { ...process.env, PATH: [process.env['PATH'], ...FOLDERS].join(':') };
    await promisify(execFile)(found.install, [...args, ...own], { env });
    const init = join(this.folder, 'init.sql');
    writeFileSync(
      init,
      [
        `CREATE USER 'ringledger'@'localhost' IDENTIFIED BY '${this.#password}';`,
        "GRANT ALL PRIVILEGES ON *.* TO 'ringledger'@'localhost';",
        `CREATE DATABASE ${SCHEMA} CHARACTER SET utf8mb4;`,
        '',
      ].join('\n'),
      { mode: 0o600 },
    );
    this.#giveTo(user, init);
    await this.#run([`--init-file=${init}`]);
  }

  start(): Promise<void> {
    return this.#run([]);
  }

  /** SIGKILL, as a power cut for this process. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child !== null) await killNow(child);
  }

  #giveTo(user: string | null, ...paths: readonly string[]): void {
    if (user === null) return;
    const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, user], { encoding: 'utf8' })),
    );
    for (const path of paths) {
      chownSync(path, uid, gid);
      chmodSync(path, path.endsWith('.sql') ? 0o600 : 0o711);
    }
  }

  async #run(extra: readonly string[]): Promise<void> {
    const user = serverUser();
    const log = openSync(join(this.folder, 'mariadbd.log'), 'a');
    const child = startTied({
      command: installed().server,
      args: [
        `--defaults-file=${SETTINGS}`,
        `--datadir=${join(this.folder, 'data')}`,
        `--socket=${this.#socket}`,
        `--pid-file=${join(this.folder, 'mariadbd.pid')}`,
        `--tmpdir=${join(this.folder, 'tmp')}`,
        '--innodb-buffer-pool-size=128M',
        '--innodb-log-file-size=64M',
        ...extra,
      ],
      env: process.env,
      stdio: ['ignore', log, log],
      ...(user === null ? {} : { user }),
    });
    this.#child = child;
    await this.#untilGreeted(child);
  }

  async #untilGreeted(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (!(await greets(this.#socket))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`MariaDB did not start: see ${join(this.folder, 'mariadbd.log')}`);
      }
      if (child.signalCode !== null) return;
      await sleep(50);
    }
  }
}

function installed(): NonNullable<ReturnType<typeof findMariadb>> {
  const found = findMariadb();
  if (found === null) throw new Error('mariadbd is missing: apt-get install mariadb-server');
  return found;
}

/** The server refuses to be root by accident, so root becomes the user that Debian made for it. */
function serverUser(): string | null {
  if (process.getuid?.() !== 0) return null;
  try {
    execFileSync('id', ['-u', 'mysql'], { stdio: 'ignore' });
    return 'mysql';
  } catch {
    return 'root';
  }
}

/** The greeting comes when the server takes queries; during recovery it does not. */
function greets(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}
