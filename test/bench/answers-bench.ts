import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BENCH } from './bench-data.js';
import type { Figure } from './figures.js';
import { percentile } from './figures.js';
import type { LoadOrder, LoadResult } from './load-maker.js';
import { runJsonChild, startChild, stopChild } from './processes.js';

const RECORDED_CALL = 'test/fixtures/recorded/05-outbound-answered/http.jsonl';
const RECORDED_LEG = 'f8717fd1-6caa-41e4-8016-868ec9130243';
const AUTHORIZATION = `Basic ${Buffer.from(`${BENCH.httpUser}:${BENCH.httpPassword}`).toString('base64')}`;

interface RecordedRequest {
  readonly url: string;
  readonly body: string;
}

/** Bodies a real FreeSWITCH sent for one outbound call: its directory and its dialplan lookup. */
function recordedBodies(): { readonly directory: string; readonly dialplan: string } {
  const requests = readFileSync(RECORDED_CALL, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedRequest);
  const find = (section: string) => {
    const request = requests.find(({ body }) => body.includes(`section=${section}`));
    if (request === undefined) throw new Error(`no ${section} request in ${RECORDED_CALL}`);
    return request.body.replaceAll(RECORDED_LEG, '{uuid}');
  };
  return { directory: find('directory'), dialplan: find('dialplan') };
}

/** Directory and dialplan answers of a running engine, beside a bare Express server. */
export async function benchAnswers(port: number, requests: number): Promise<readonly Figure[]> {
  const bodies = recordedBodies();
  const baseline = await benchBaseline(bodies.dialplan, requests);
  const figures: Figure[] = [
    { name: 'bare Express answers', value: baseline, unit: 'answers/s', note: 'baseline' },
  ];
  for (const section of ['directory', 'dialplan'] as const) {
    const expect = section === 'dialplan' ? 'application="bridge"' : 'a1-hash';
    const order = { port, authorization: AUTHORIZATION, body: bodies[section], expect };
    const flat = await load({ ...order, requests, concurrency: 32, rate: null });
    assertRight(section, flat);
    const perSecond = flat.timesMs.length / flat.seconds;
    figures.push({
      name: `${section} answers`,
      value: perSecond,
      unit: 'answers/s',
      ratio: { value: perSecond / baseline, baseline: 'bare Express' },
      note: `32 at once; p50 ${percentile(flat.timesMs, 50).toFixed(1)} ms, p99 ${percentile(flat.timesMs, 99).toFixed(1)} ms`,
    });
    for (const rate of section === 'dialplan' ? [100, 300] : [100]) {
      const steady = await load({ ...order, requests: rate * 10, concurrency: 128, rate });
      assertRight(section, steady);
      for (const p of [50, 99]) {
        const value = percentile(steady.timesMs, p);
        const name = `${section} answer at ${String(rate)}/s, p${String(p)}`;
        figures.push({ name, value, unit: 'ms' });
      }
    }
  }
  return figures;
}

/** Milliseconds each of so many dialplan answers took, at a steady rate. */
export async function loadDialplans(
  port: number,
  requests: number,
  rate: number,
): Promise<readonly number[]> {
  const { dialplan: body } = recordedBodies();
  const order = { port, authorization: AUTHORIZATION, body, expect: 'application="bridge"' };
  const result = await load({ ...order, requests, concurrency: 32, rate });
  assertRight('dialplan', result);
  return result.timesMs;
}

function assertRight(section: string, result: LoadResult): void {
  if (result.wrong > 0) throw new Error(`${section}: ${String(result.wrong)} wrong answers`);
}

async function benchBaseline(body: string, requests: number): Promise<number> {
  const path = fileURLToPath(new URL('baseline-server.js', import.meta.url));
  const { child, match } = await startChild([path], {}, /listening on (\d+)/);
  const order = { authorization: AUTHORIZATION, body, requests, concurrency: 32, rate: null };
  const result = await load({ ...order, port: Number(match[1]), expect: '<x/>' });
  assertRight('baseline', result);
  await stopChild(child);
  return result.timesMs.length / result.seconds;
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const path = fileURLToPath(new URL('load-maker.js', import.meta.url));
  return (await runJsonChild([path, JSON.stringify(order)])) as LoadResult;
}
