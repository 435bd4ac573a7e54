import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { openDatabase } from '../../../db/client.js';
import { migrate } from '../../../db/migrate.js';
import { findMariadb, PrivateMariadb } from '../../../scripts/chaos/mariadb.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';
import { Books } from './books.js';
import { EngineProcess } from './engine.js';
import { FreeswitchProcess } from './freeswitch.js';
import { Gate } from './gate.js';
import { freePort, MutePort, until } from './ports.js';
import { SippRunner } from './sipp.js';
import type { SippCall, SippOptions } from './sipp.js';
import { domainOf, makeTenant, PHONES } from './tenant.js';
import type { CarrierName, Tenant } from './tenant.js';

export type PhoneName = keyof typeof PHONES;

type CallOptions = Pick<SippOptions, 'scenario' | 'pauseMs' | 'port' | 'calls'> & {
  readonly fill?: SippOptions['fill'];
  /** The port of another switch to call at. */
  readonly at?: number;
};

/** Engine, database, FreeSWITCH, carriers and the wires between them, all on loopback. */
export class Lab {
  #longCall: Promise<{ call: SippCall; sinceUs: number }> | null = null;

  constructor(
    readonly folder: string,
    readonly tempDatabase: TempDatabase,
    /** Of this lab alone, to be killed; null where none is installed. */
    readonly mariadb: PrivateMariadb | null,
    readonly secretKey: string,
    readonly tenant: Tenant,
    readonly engine: EngineProcess,
    readonly freeswitch: FreeswitchProcess,
    readonly sipp: SippRunner,
    /** A carrier that hears everything and says nothing. */
    readonly mute: MutePort,
    /** FreeSWITCH's way to the XML endpoint, its way for CDRs, the engine's way to the event socket. */
    readonly gates: { readonly xml: Gate; readonly cdr: Gate; readonly esl: Gate },
    readonly ports: {
      readonly internal: number;
      readonly external: number;
      readonly engine: number;
      readonly carriers: Readonly<Record<CarrierName, number>>;
      /** Where each phone's SIPp answers. */
      readonly phones: Readonly<Record<'bob', number>>;
    },
  ) {}

  get books(): Books {
    return new Books(this.tempDatabase.database, this.tenant);
  }

  /** Waits until an engine, the first unless told, listens to a switch. */
  async eventSocketConnected(name = 'lab', enginePort = this.ports.engine): Promise<void> {
    await until(
      'the event socket to be connected',
      async () => {
        const response = await fetch(`http://127.0.0.1:${String(enginePort)}/metrics`);
        const connected = `switch_connected{switch="${name}"} 1`;
        return (await response.text()).includes(connected) ? true : null;
      },
      40_000,
    );
  }

  /** Another node on the same books, listening to the same switches. */
  async startSecondEngine(switchName: string): Promise<EngineProcess> {
    const port = await freePort();
    const second = new EngineProcess({
      databaseUrl: this.tempDatabase.url,
      secretKey: this.secretKey,
      port,
      logFile: join(this.folder, 'second-engine.log'),
      nodeId: 'second',
    });
    await second.start();
    await this.eventSocketConnected(switchName, port);
    return second;
  }

  /** How many events of a kind this run of the engine has heard. */
  async eventsSeen(kind: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${String(this.ports.engine)}/metrics`);
    const pattern = new RegExp(`^ringledger_call_events_total\\{kind="${kind}"\\} (\\d+)`, 'm');
    return Number(pattern.exec(await response.text())?.[1] ?? 0);
  }

  /** Starts another FreeSWITCH whose engine nobody has started; its exit code. */
  async exitWithoutEngine(): Promise<number | null> {
    const nobody = `http://127.0.0.1:${String(await freePort())}/freeswitch`;
    const other = new FreeswitchProcess(this.freeswitch.binary, join(this.folder, 'other'), {
      switchName: 'other',
      xmlUrl: `${nobody}/xml`,
      cdrUrl: `${nobody}/cdr`,
      credentials: 'other:password',
      eslPort: await freePort(),
      eslPassword: 'password',
    });
    return other.runToItsEnd();
  }

  /** Posts records as an administrator does who delivers what lay on disk, past the gates. */
  async postCdrs(bodies: readonly string[]): Promise<void> {
    const authorization = `Basic ${Buffer.from(this.tenant.credentials).toString('base64')}`;
    for (const body of bodies) {
      const url = `http://127.0.0.1:${String(this.ports.engine)}/freeswitch/cdr`;
      const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
      if (!response.ok) throw new Error(`CDR: found ${String(response.status)}, expected 200`);
    }
  }

  /** Begins the long call when asked first, and gives the same one ever after. */
  async longCall(number: string): Promise<{ call: SippCall; sinceUs: number }> {
    this.#longCall ??= this.#beginLongCall(number);
    return this.#longCall;
  }

  async #beginLongCall(number: string) {
    const sinceUs = Books.nowUs();
    const call = await this.beginPhone('long', {
      scenario: 'phone-call',
      pauseMs: 34_000,
      fill: { NUMBER: number },
    });
    return { call, sinceUs };
  }

  /** A phone does something on the internal profile; resolves when its scenario is over. */
  async phone(name: PhoneName, options: CallOptions): Promise<void> {
    await (await this.beginPhone(name, options)).succeeded();
  }

  async beginPhone(name: PhoneName, options: CallOptions): Promise<SippCall> {
    const { user, password } = PHONES[name];
    return this.sipp.begin({
      calls: 1,
      ...options,
      to: { ip: '127.0.0.1', port: options.at ?? this.ports.internal },
      fill: {
        USER: user,
        PASSWORD: password,
        DOMAIN: domainOf(name),
        MEDIA: await freePort(),
        NAME: '',
        PAYER: 'nobody',
        ...options.fill,
      },
    });
  }

  /** Somebody does something on the external profile, from an address of loopback. */
  async outsider(ip: string, options: CallOptions): Promise<void> {
    await (await this.beginOutsider(ip, options)).succeeded();
  }

  async beginOutsider(ip: string, options: CallOptions): Promise<SippCall> {
    return this.sipp.begin({
      ...options,
      calls: 1,
      ip,
      to: { ip: '127.0.0.1', port: this.ports.external },
      fill: {
        CALLER: '491711234',
        NAME: '',
        PAYER: 'nobody',
        MEDIA: await freePort(),
        ...options.fill,
      },
    });
  }
}

/** Sets everything up before the first story of a `describe` and takes it down after the last. */
export function withLab(binary: string): () => Lab {
  let lab: Lab | undefined;
  before(async function () {
    this.timeout(90_000);
    lab = await openLab(binary);
  });
  after(async function () {
    this.timeout(30_000);
    if (lab !== undefined) await closeLab(lab);
  });
  return () => {
    if (lab === undefined) throw new Error('the lab is open inside stories only');
    return lab;
  };
}

async function openLab(binary: string): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'ringledger-lab-'));
  for (const name of ['freeswitch', 'sipp']) mkdirSync(join(folder, name));
  const mariadb = findMariadb() === null ? null : new PrivateMariadb(join(folder, 'mariadb'));
  const tempDatabase = await openLabDatabase(folder, mariadb);
  const ports = await choosePorts();
  const secretKey = randomBytes(32).toString('hex');
  const eslPassword = randomBytes(12).toString('hex');
  const toEngine = (): number => ports.engine;
  const gates = {
    xml: await Gate.open(toEngine),
    cdr: await Gate.open(toEngine),
    esl: await Gate.open(() => ports.esl),
  };
  const tenant = await makeTenant({
    database: tempDatabase.database,
    secretKey,
    carrierPorts: ports.carriers,
    switch: {
      eslPort: gates.esl.port,
      eslPassword,
      internalPort: ports.internal,
      externalPort: ports.external,
    },
  });
  const engine = new EngineProcess({
    databaseUrl: tempDatabase.url,
    secretKey,
    port: ports.engine,
    logFile: join(folder, 'engine.log'),
  });
  const freeswitch = new FreeswitchProcess(binary, join(folder, 'freeswitch'), {
    switchName: 'lab',
    xmlUrl: `http://127.0.0.1:${String(gates.xml.port)}/freeswitch/xml`,
    cdrUrl: `http://127.0.0.1:${String(gates.cdr.port)}/freeswitch/cdr`,
    credentials: tenant.credentials,
    eslPort: ports.esl,
    eslPassword,
    rtpStartPort: 21_000,
    rtpEndPort: 21_998,
  });
  const sipp = new SippRunner(join(folder, 'sipp'));
  const mute = await MutePort.open(ports.carriers.mute);
  const lab = new Lab(
    folder,
    tempDatabase,
    mariadb,
    secretKey,
    tenant,
    engine,
    freeswitch,
    sipp,
    mute,
    gates,
    ports,
  );
  try {
    await engine.start();
    await freeswitch.start();
    await startCarriers(lab);
    await lab.eventSocketConnected();
  } catch (error) {
    await closeLab(lab);
    throw error;
  }
  return lab;
}

/** A server of the lab's own where one is installed, so that a story may kill it. */
async function openLabDatabase(folder: string, mariadb: PrivateMariadb | null) {
  if (mariadb === null) return openTempDatabase();
  // Its server is another user's, who may pass through and see nothing.
  chmodSync(folder, 0o711);
  mkdirSync(join(folder, 'mariadb'));
  await mariadb.create();
  await migrate(mariadb.url);
  const database = openDatabase({ url: mariadb.url, poolSize: 4 });
  const close = async (): Promise<void> => {
    await database.close();
    await mariadb.kill();
  };
  return { url: mariadb.url, database, close };
}

async function choosePorts() {
  const own = { down: 0, good: 0, slow: 0, busy: 0, mute: 0 };
  for (const name of Object.keys(own) as (keyof typeof own)[]) own[name] = await freePort();
  // Some carriers are one machine under several names.
  const shared = { spare: own.good, narrow: own.good, narrow2: own.good };
  const carriers = {
    ...own,
    ...shared,
    yielding: own.busy,
    strict: own.down,
    unregistered: own.mute,
  };
  return {
    engine: await freePort(),
    esl: await freePort(),
    internal: await freePort(),
    external: await freePort(),
    carriers,
    phones: { bob: await freePort() },
  };
}

async function startCarriers({ sipp, ports }: Lab): Promise<void> {
  const media = await freePort();
  const answer = { scenario: 'answer', fill: { MEDIA: media } };
  const refuse = (status: string) => ({ scenario: 'refuse', fill: { STATUS: status } });
  await sipp.begin({ ...answer, port: ports.carriers.good });
  await sipp.begin({ ...answer, port: ports.phones.bob });
  await sipp.begin({ ...refuse('503 Service Unavailable'), port: ports.carriers.down });
  await sipp.begin({ ...refuse('486 Busy Here'), port: ports.carriers.busy });
  await sipp.begin({ scenario: 'ring', port: ports.carriers.slow });
}

async function closeLab(lab: Lab): Promise<void> {
  await lab.sipp.stop();
  lab.mute.close();
  await lab.freeswitch.kill();
  await lab.engine.kill();
  for (const gate of Object.values(lab.gates)) gate.close();
  await lab.tempDatabase.close();
  if (process.env['KEEP_LAB'] === undefined) rmSync(lab.folder, { recursive: true, force: true });
  else console.log(`      kept: ${lab.folder}`);
}
