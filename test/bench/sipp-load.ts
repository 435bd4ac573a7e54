import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../freeswitch/support/child.js';
import { freePort } from '../freeswitch/support/ports.js';
import { BENCH } from './bench-data.js';
import { percentile } from './figures.js';

const SCENARIOS = fileURLToPath(new URL('../../../test/freeswitch/sipp/', import.meta.url));
const TALK_MS = 4000;
const NUMBER = '447700900123';

export interface LoadOutcome {
  readonly failed: number;
  /** Median milliseconds from the first INVITE to the ringing. */
  readonly pddMs: number;
}

export interface LoadOrder {
  readonly port: number;
  readonly rate: number;
  readonly calls: number;
}

/** SIPp as a carrier that answers every call, and as the phone that makes them. */
export class SippLoad {
  #count = 0;

  private constructor(
    private readonly folder: string,
    private readonly carrier: Child,
  ) {}

  static async open(folder: string, carrierPort: number): Promise<SippLoad> {
    const media = String(await freePort());
    write(folder, 'answer', (text) => text.replaceAll('{MEDIA}', media));
    write(folder, 'phone-call', (text) =>
      // Two optional answers before the ringing; the clock runs from the unauthenticated INVITE.
      text
        .replace('<send retrans="500">', '<send retrans="500" start_rtd="1">')
        .replace('<recv response="180" optional="true"/>', '<recv response="180" rtd="1"/>')
        .replace(/^ *X-Payer:.*\n/gm, '')
        .replaceAll('{NAME}', '')
        .replaceAll('{NUMBER}', NUMBER)
        .replaceAll('{USER}', BENCH.extension)
        .replaceAll('{PASSWORD}', BENCH.password)
        .replaceAll('{DOMAIN}', BENCH.domain)
        .replaceAll('{MEDIA}', media),
    );
    const args = ['-sf', 'answer.xml', '-i', '127.0.0.1', '-p', String(carrierPort), '-nostdin'];
    return new SippLoad(folder, sipp(folder, 'carrier', args));
  }

  /** Places calls of four seconds at an even pace and waits for the last to end. */
  async place({ port, rate, calls }: LoadOrder): Promise<LoadOutcome> {
    if (this.carrier.hasEnded) throw new Error(`the carrier has ended:\n${this.carrier.log()}`);
    this.#count += 1;
    for (const name of this.#times()) rmSync(join(this.folder, name));
    const name = `load-${String(this.#count)}`;
    const child = sipp(this.folder, name, [
      '-sf',
      'phone-call.xml',
      ...['-i', '127.0.0.1', '-p', String(await freePort())],
      ...['-r', String(rate), '-m', String(calls), '-l', '5000', '-d', String(TALK_MS)],
      ...['-recv_timeout', '15000', '-timeout', '120s', '-nostdin'],
      ...['-trace_rtt', '-rtt_freq', '1', '-trace_err', '-error_file', `${name}.errors`],
      `127.0.0.1:${String(port)}`,
    ]);
    const code = await child.ended;
    const failed = failuresOf(child.log(20_000));
    // 1 means that calls failed, and those are counted; anything else is no measurement.
    if (code !== 0 && code !== 1) {
      throw new Error(`sipp ended with ${String(code)}:\n${child.log()}`);
    }
    const times = this.#times().flatMap((file) => timesIn(join(this.folder, file)));
    return { failed: code === 0 ? 0 : Math.max(1, failed), pddMs: percentile(times, 50) };
  }

  async close(): Promise<void> {
    await this.carrier.kill();
  }

  #times(): readonly string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith('_rtt.csv'));
  }
}

function write(folder: string, scenario: string, fill: (text: string) => string): void {
  const text = readFileSync(join(SCENARIOS, `${scenario}.xml`), 'utf8');
  writeFileSync(join(folder, `${scenario}.xml`), fill(text));
}

function sipp(folder: string, name: string, args: readonly string[]): Child {
  return new Child({
    command: 'sipp',
    args,
    cwd: folder,
    env: { ...process.env, TERM: 'dumb' },
    logFile: join(folder, `${name}.out`),
  });
}

/** From the last screen: `Failed call`, this period and in all. */
function failuresOf(screen: string): number {
  const lines = [...screen.matchAll(/Failed call\s*\|\s*\d+\s*\|\s*(\d+)/g)];
  return Number(lines.at(-1)?.[1] ?? 0);
}

/** Lines of `date;milliseconds;number` after a header. */
function timesIn(path: string): readonly number[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(';')[1]))
    .filter((value) => value > 0);
}
