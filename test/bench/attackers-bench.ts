import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { carrierEnded, cdrBodyOf } from '../support/leg-reports.js';
import { nextUuid } from '../support/requests.js';
import { openTempDatabase } from '../support/temp-database.js';
import { freePort } from '../support/test-engine.js';
import { fund, insertWorld } from '../support/use-world.js';
import { ACME, buildWorld, SECRET_KEY, SWITCH_PASSWORD, SWITCH_USER } from '../support/world.js';
import { bodyOf, dialplanFields } from '../server/xml-curl/forms.js';
import { callIdIn } from '../server/attackers/besieged-node.js';

/*
 * What attacks cost the engine: its own processor time per request, read from the kernel, so that
 * neither the attackers nor anything else on the machine counts. TEST_DATABASE_URL names a server.
 *
 *   node dist/test/bench/attackers-bench.js
 */
const MAIN = fileURLToPath(new URL('../../server/main.js', import.meta.url));
const OWN = `Basic ${Buffer.from(`${SWITCH_USER}:${SWITCH_PASSWORD}`).toString('base64')}`;
const AT_ONCE = 25;
const TICKS_PER_SECOND = 100;

const kept = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
const fresh = new Agent({ keepAlive: false });
let url = '';

interface Ask {
  readonly path: string;
  readonly body?: string;
  readonly authorization?: string;
  readonly agent?: Agent;
}

function ask({ path, body, authorization = OWN, agent = kept }: Ask): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const options = { method, agent, headers: { Authorization: authorization } };
    const asked = request(url + path, options, (answer) => {
      answer.setEncoding('utf8');
      let text = '';
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => {
        resolve(text);
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Processor seconds a process has used, and its memory in megabytes. */
function usageOf(pid: number): { readonly cpuS: number; readonly rssMb: number } {
  const stat =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  const ticks = Number(stat[11] ?? 0) + Number(stat[12] ?? 0);
  return { cpuS: ticks / TICKS_PER_SECOND, rssMb: Number(stat[21] ?? 0) / 256 };
}

async function main(): Promise<void> {
  const temp = await openTempDatabase({ poolSize: 2 });
  await insertWorld(temp.database, buildWorld());
  await fund(temp.database, ACME, '100000');
  const folder = mkdtempSync(join(tmpdir(), 'attackers-'));
  const port = await freePort();
  url = `http://127.0.0.1:${String(port)}`;
  const engine = spawn(process.execPath, ['--max-semi-space-size=64', MAIN], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: temp.url,
      SECRET_KEY,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
      ESL_ENABLED: 'false',
      XML_DEADLINE_MS: '20000',
      CDR_SPOOL_DIR: folder,
    },
  });
  try {
    await untilReady();
    await measureAll(engine);
  } finally {
    engine.kill('SIGKILL');
    kept.destroy();
    await temp.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const isReady = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    await pause(100);
  }
  throw new Error('the engine did not become ready');
}

async function measureAll(engine: ChildProcess): Promise<void> {
  const pid = engine.pid ?? 0;
  const flood = async (what: string, count: number, make: (n: number) => Ask): Promise<void> => {
    const before = usageOf(pid);
    const startedMs = performance.now();
    let next = 0;
    const attack = async (): Promise<void> => {
      while (next < count) await ask(make(next++));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, attack));
    const seconds = (performance.now() - startedMs) / 1000;
    // What goes on behind the answers belongs to them.
    await pause(1000);
    const after = usageOf(pid);
    const each = ((after.cpuS - before.cpuS) * 1000) / count;
    console.log(
      `${what.padEnd(52)} ${each.toFixed(3).padStart(8)} ms CPU, ` +
        `${(count / seconds).toFixed(0).padStart(6)}/s, ` +
        `${(after.rssMb - before.rssMb).toFixed(0).padStart(5)} MB more`,
    );
  };
  const user = (n: number, domain = 'acme.example') =>
    bodyOf({ section: 'directory', action: 'sip_auth', user: `9${String(n)}`, domain });
  const call = (legUuid: string) => bodyOf(dialplanFields({ 'Unique-ID': legUuid }));
  const xml = '/freeswitch/xml';
  const cdr = '/freeswitch/cdr';
  await flood('warming up', 3000, (n) => ({ path: xml, body: user(n) }));
  await flood('wrong password', 5000, (n) => ({ path: xml, body: user(n), authorization: 'x' }));
  await flood('unknown user, connection kept', 10_000, (n) => ({ path: xml, body: user(n) }));
  await flood('unknown user, new connection each', 10_000, (n) => ({
    path: xml,
    body: user(n),
    agent: fresh,
  }));
  await flood('unknown domain', 10_000, (n) => ({ path: xml, body: user(n, `d${String(n)}.x`) }));
  await flood('a granted call (for comparison)', 1000, () => ({
    path: xml,
    body: call(nextUuid()),
  }));
  const known = nextUuid();
  const callId = callIdIn(await ask({ path: xml, body: call(known) }));
  await flood('the same call asked for again', 2000, () => ({ path: xml, body: call(known) }));
  const record = cdrBodyOf(carrierEnded(callId, 30));
  await flood('the same record again', 2000, () => ({ path: cdr, body: record }));
  await flood('records of calls that never were', 2000, () => ({
    path: cdr,
    body: cdrBodyOf(carrierEnded(null, 30)),
  }));
  const deep = `{"variables":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}`;
  await flood('a record of 900 kB nested 150,000 deep', 50, () => ({ path: cdr, body: deep }));
  const long = `section=x&key_value=${'x'.repeat(1_000_000)}`;
  await flood('a form of 1 MB', 100, () => ({ path: xml, body: long }));
  await flood('the description of the API', 1000, () => ({ path: '/api/v1/openapi.json' }));
  await measureStalled(pid, (port) => connect({ host: '127.0.0.1', port }));
}

async function measureStalled(
  pid: number,
  open: (port: number) => ReturnType<typeof connect>,
): Promise<void> {
  const port = Number(new URL(url).port);
  const head = `POST /freeswitch/xml HTTP/1.1\r\nHost: x\r\nAuthorization: ${OWN}\r\n`;
  for (const [what, text] of [
    ['half a request', head],
    ['half a body', `${head}Content-Length: 900000\r\n\r\nsection=`],
    ['asks for the API and reads nothing', 'GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'],
  ] as const) {
    const before = usageOf(pid);
    const sockets = Array.from({ length: 2000 }, () => {
      const socket = open(port);
      socket.on('error', () => undefined);
      socket.pause();
      socket.write(text);
      return socket;
    });
    await pause(3000);
    const latencies: number[] = [];
    for (let n = 0; n < 200; n += 1) {
      const startedMs = performance.now();
      callIdIn(
        await ask({
          path: '/freeswitch/xml',
          body: bodyOf(dialplanFields({ 'Unique-ID': nextUuid() })),
        }),
      );
      latencies.push(performance.now() - startedMs);
    }
    const after = usageOf(pid);
    latencies.sort((a, b) => a - b);
    const closedAfter = await untilClosed(sockets);
    console.log(
      `2,000 × ${what.padEnd(42)} ${(after.rssMb - before.rssMb).toFixed(0)} MB more; calls meanwhile: ` +
        `median ${(latencies[100] ?? 0).toFixed(1)} ms, slowest of 200 ${(latencies[199] ?? 0).toFixed(1)} ms; ${closedAfter}`,
    );
    for (const socket of sockets) socket.destroy();
  }
}

async function untilClosed(sockets: readonly ReturnType<typeof connect>[]): Promise<string> {
  const startedMs = performance.now();
  for (const socket of sockets) socket.once('close', () => undefined).resume();
  while (performance.now() - startedMs < 45_000) {
    if (sockets.every((socket) => socket.destroyed || socket.readableEnded)) {
      return `all closed ${((performance.now() - startedMs) / 1000).toFixed(0)} s later`;
    }
    await pause(500);
  }
  return 'kept';
}

await main();
