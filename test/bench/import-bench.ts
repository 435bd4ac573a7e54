import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../db/client.js';
import { activateRelease } from '../../server/admin/releases.js';
import { scriptActor } from '../../server/admin/context.js';
import { releaseStore } from '../../db/repositories/admin/stores.js';
import { systemClock } from '../../server/clock.js';
import { createSecrets } from '../../server/secrets.js';
import type { BenchSheet } from './bench-data.js';
import { BENCH } from './bench-data.js';
import type { Figure } from './figures.js';
import { peakMb } from './processes.js';
import { randomRows } from './random-deck.js';

/** A deck as a carrier sends it, brought in by the command people use, then activated. */
export async function benchImport(
  url: string,
  sheet: BenchSheet,
  rates: number,
): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ringledger-bench-'));
  try {
    const file = join(folder, 'deck.csv');
    await pipeline(Readable.from(csvLines(rates)), createWriteStream(file));
    const imported = await runImport(url, sheet, file);
    const activateS = await activate(url, imported.releaseId);
    const megabytes = (statSync(file).size / 1e6).toFixed(0);
    return [
      {
        name: `import of a CSV of ${String(rates)} rates`,
        value: imported.seconds,
        unit: 's',
        note: `${megabytes} MB, by npm run rates, start of the process included`,
      },
      { name: 'memory of the importing process at most', value: imported.peakMb, unit: 'MB' },
      { name: 'activation of the imported release', value: activateS, unit: 's' },
    ];
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
}

function* csvLines(rates: number): Generator<string> {
  yield 'Prefix,Destination,Rate,Increment,Connection Fee\r\n';
  let lines = '';
  let count = 0;
  for (const row of randomRows(rates, 1)) {
    const step = `${String(row.initialIncrementS)}/${String(row.incrementS)}`;
    lines += `${row.prefix},"${row.destination}",${row.ratePerMinute},${step},${row.connectFee}\r\n`;
    count += 1;
    if (count % 1000 > 0) continue;
    yield lines;
    lines = '';
  }
  yield lines;
}

interface Imported {
  readonly seconds: number;
  readonly peakMb: number;
  readonly releaseId: number;
}

async function runImport(url: string, sheet: BenchSheet, file: string): Promise<Imported> {
  const script = fileURLToPath(new URL('../../scripts/rates.js', import.meta.url));
  const args = [script, 'import', file, '--sheet', String(sheet.sheetId), '--json'];
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let highest = 0;
  const watch = setInterval(() => {
    highest = Math.max(highest, peakMb(child.pid ?? 0));
  }, 50);
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`import ended with ${String(code)}: ${output.slice(-2000)}`);
  return { seconds, peakMb: highest, releaseId: await newestDraft(url, sheet) };
}

async function newestDraft(url: string, { sheetId }: BenchSheet): Promise<number> {
  const database = openDatabase({ url, poolSize: 1 });
  try {
    const draft = await releaseStore.findBy(database.orm, { sheetId, status: 'draft' });
    if (draft === undefined) throw new Error(`sheet ${String(sheetId)}: the import left no draft`);
    return draft.id;
  } finally {
    await database.close();
  }
}

/** From now on; returns how long it took. */
export async function activate(url: string, releaseId: number): Promise<number> {
  const database = openDatabase({ url, poolSize: 2 });
  try {
    const release = await releaseStore.find(database.orm, releaseId);
    if (release === undefined) throw new Error(`release ${String(releaseId)}: found none`);
    const deps = { database, clock: systemClock, secrets: createSecrets(BENCH.secretKey) };
    const started = performance.now();
    await activateRelease(
      deps,
      scriptActor('bench'),
      { id: releaseId, version: release.version },
      { effective_from: new Date().toISOString() },
    );
    return (performance.now() - started) / 1000;
  } finally {
    await database.close();
  }
}
