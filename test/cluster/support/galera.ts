import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { connectionOptions } from '../../../db/client.js';
import { Child } from '../../freeswitch/support/child.js';
import { freePort, until } from '../../freeswitch/support/ports.js';

/** Where distributions put the replication library. */
const PROVIDERS = [
  '/usr/lib/galera/libgalera_smm.so',
  '/usr/lib64/galera-4/libgalera_smm.so',
  '/usr/lib/libgalera_smm.so',
];
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:/usr/libexec`;
const DATABASE = 'ringledger';

/** What a cluster needs and this machine has not, with the command that brings it; null for nothing. */
export function whatIsMissing(): string | null {
  if (!isCommand('mariadbd') || !isCommand('mariadb-install-db')) {
    return 'MariaDB is missing (apt-get install mariadb-server)';
  }
  if (!PROVIDERS.some((path) => existsSync(path))) {
    return 'the Galera library is missing (apt-get install galera-4)';
  }
  const needed = { rsync: 'rsync', wsrep_sst_rsync: 'mariadb-server', ss: 'iproute2' };
  for (const [command, name] of Object.entries(needed)) {
    if (!isCommand(command)) return `${command} is missing (apt-get install ${name})`;
  }
  return null;
}

function isCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`], { env: { PATH } }).status === 0;
}

interface Ports {
  readonly sql: number;
  readonly group: number;
  readonly ist: number;
  readonly sst: number;
}

/** How a node that was away came back: by what it missed, or by a copy of everything. */
export type Rejoin = 'incremental' | 'copy';

/** Three database servers that agree with each other, all on loopback, in a folder of their own. */
export class GaleraCluster {
  readonly #folder: string;
  readonly #password = randomBytes(12).toString('hex');
  readonly #user = databaseUser();
  readonly #ports: Ports[] = [];
  readonly #servers = new Map<number, Child>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  get size(): number {
    return this.#ports.length;
  }

  /** The address of one server, with the database in it. */
  url(index: number): string {
    const { sql } = this.#portsOf(index);
    return `mysql://ringledger:${this.#password}@127.0.0.1:${String(sql)}/${DATABASE}`;
  }

  async start(size: number): Promise<void> {
    for (let index = 0; index < size; index += 1) {
      this.#ports.push({
        sql: await freePort(),
        group: await freePort(),
        ist: await freePort(),
        sst: await freePort(),
      });
      this.#prepareFolder(index);
    }
    this.#initialise();
    await this.#launch(0, ['--wsrep-new-cluster']);
    for (let index = 1; index < size; index += 1) await this.#launch(index, []);
  }

  async kill(index: number): Promise<void> {
    await this.#servers.get(index)?.kill('SIGKILL');
  }

  /** Brings a killed server back the way Debian's unit does: it first finds out how far it had come. */
  async restart(index: number): Promise<Rejoin> {
    const log = join(this.#folderOf(index), 'recover.log');
    const recovery = this.#child(index, ['--wsrep-recover', `--log-error=${log}`]);
    await recovery.ended;
    const position = /Recovered position: *(\S+)/.exec(readFileSync(log, 'utf8'))?.[1];
    const others = this.#ports.map((_ports, other) => other).filter((other) => other !== index);
    const logged = new Map(others.map((other) => [other, this.log(other).length]));
    await this.#launch(index, position === undefined ? [] : [`--wsrep-start-position=${position}`]);
    // Its helper for a copy is started in either case; the giver tells it whether there is one.
    const gave = others.some((other) =>
      this.log(other)
        .slice(logged.get(other))
        .split('\n')
        .some((line) => line.includes("--role 'donor'") && !line.includes('--bypass')),
    );
    return gave ? 'copy' : 'incremental';
  }

  /** All that a server has logged. */
  log(index: number): string {
    return readFileSync(this.#logFile(index), 'utf8');
  }

  /** The last started goes first, so that the others keep their majority. */
  async stop(): Promise<void> {
    for (const server of [...this.#servers.values()].reverse()) await server.kill('SIGKILL');
  }

  async #launch(index: number, options: readonly string[]): Promise<void> {
    const server = this.#child(index, options);
    this.#servers.set(index, server);
    await until(
      `database server ${String(index)} to be ready`,
      async () => {
        if (server.hasEnded) throw new Error(`it ended:\n${server.log()}`);
        return (await this.#isReady(index)) ? true : null;
      },
      90_000,
    );
  }

  async #isReady(index: number): Promise<boolean> {
    const connection = await mysql.createConnection(connectionOptions(this.url(index)));
    try {
      const [rows] = await connection.query<mysql.RowDataPacket[]>(
        "SHOW STATUS WHERE variable_name IN ('wsrep_ready', 'wsrep_local_state_comment')",
      );
      const values = new Set(rows.map((row) => String(row['Value'])));
      return values.has('ON') && values.has('Synced');
    } finally {
      await connection.end();
    }
  }

  #child(index: number, options: readonly string[]): Child {
    return new Child({
      command: commandPath('mariadbd'),
      args: [...this.#options(index), ...options],
      env: { PATH },
      logFile: this.#logFile(index),
    });
  }

  #options(index: number): readonly string[] {
    const folder = this.#folderOf(index);
    const { sql, group, ist, sst } = this.#portsOf(index);
    const members = this.#ports.map((ports) => `127.0.0.1:${String(ports.group)}`).join(',');
    const provider = [
      'base_host=127.0.0.1',
      `base_port=${String(group)}`,
      `gmcast.listen_addr=tcp://127.0.0.1:${String(group)}`,
      `ist.recv_addr=127.0.0.1:${String(ist)}`,
      'gcache.size=128M',
    ];
    return [
      '--no-defaults',
      `--user=${this.#user}`,
      `--datadir=${folder}/data`,
      `--socket=${folder}/mysql.sock`,
      `--pid-file=${folder}/mariadbd.pid`,
      `--tmpdir=${folder}/tmp`,
      '--bind-address=127.0.0.1',
      `--port=${String(sql)}`,
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      '--binlog-format=ROW',
      // The history's triggers are made by a user without SUPER, and replication counts as a binary log.
      '--log-bin-trust-function-creators=ON',
      '--innodb-autoinc-lock-mode=2',
      // Durable on each server by itself: nothing here leans on the others having it too.
      '--innodb-flush-log-at-trx-commit=1',
      '--innodb-buffer-pool-size=96M',
      '--innodb-log-file-size=64M',
      '--max-connections=200',
      '--wsrep-on=ON',
      `--wsrep-provider=${PROVIDERS.find((path) => existsSync(path)) ?? ''}`,
      `--wsrep-cluster-address=gcomm://${members}`,
      '--wsrep-cluster-name=ringledger-test',
      `--wsrep-node-name=node${String(index)}`,
      '--wsrep-node-address=127.0.0.1',
      '--wsrep-sst-method=rsync',
      `--wsrep-sst-receive-address=127.0.0.1:${String(sst)}`,
      `--wsrep-provider-options=${provider.join(';')}`,
    ];
  }

  #prepareFolder(index: number): void {
    const folder = this.#folderOf(index);
    for (const part of ['', 'data', 'tmp']) mkdirSync(join(folder, part), { mode: 0o711 });
    this.#giveAway(folder);
  }

  /** The server is no root, and neither is what it copies files with. */
  #giveAway(folder: string): void {
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${this.#user}:`, folder]);
  }

  /** The first server's data, with the one user; the others get it from there. */
  #initialise(): void {
    const folder = this.#folderOf(0);
    const data = join(folder, 'data');
    execFileSync(
      commandPath('mariadb-install-db'),
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--user=${this.#user}`,
        '--auth-root-authentication-method=socket',
        `--auth-root-socket-user=${userInfo().username}`,
        '--skip-name-resolve',
        '--skip-test-db',
      ],
      { env: { PATH }, stdio: 'pipe' },
    );
    const statements = [
      'FLUSH PRIVILEGES',
      `CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`,
      `CREATE USER 'ringledger'@'127.0.0.1' IDENTIFIED BY '${this.#password}'`,
      `GRANT ALL PRIVILEGES ON ${DATABASE}.* TO 'ringledger'@'127.0.0.1'`,
      '',
    ];
    execFileSync(
      commandPath('mariadbd'),
      ['--no-defaults', `--user=${this.#user}`, `--datadir=${data}`, '--bootstrap'],
      { env: { PATH }, input: statements.join(';\n'), stdio: 'pipe' },
    );
    this.#giveAway(folder);
    chmodSync(data, 0o700);
  }

  #logFile(index: number): string {
    return join(this.#folderOf(index), 'server.log');
  }

  #folderOf(index: number): string {
    return join(this.#folder, `node${String(index)}`);
  }

  #portsOf(index: number): Ports {
    const ports = this.#ports[index];
    if (ports === undefined) throw new Error(`server ${String(index)}: there is none`);
    return ports;
  }
}

function commandPath(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { env: { PATH } })
    .toString()
    .trim();
}

/** As root a server becomes the user Debian made for it. */
function databaseUser(): string {
  const { username } = userInfo();
  if (process.getuid?.() !== 0) return username;
  return spawnSync('id', ['mysql']).status === 0 ? 'mysql' : username;
}
