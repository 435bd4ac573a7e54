/**
 * Sends form posts the way mod_xml_curl does, one connection each, from a process of its own. The
 * order comes as one JSON line on the command line, the measured times go back as one on stdout.
 */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';

export interface LoadOrder {
  readonly port: number;
  readonly authorization: string;
  /** Form body; every `{uuid}` in it becomes a new uuid for each request. */
  readonly body: string;
  readonly requests: number;
  readonly concurrency: number;
  /** Requests per second to keep to; null for as many as can be. */
  readonly rate: number | null;
  /** What an answer has to contain to be counted as right. */
  readonly expect: string;
}

export interface LoadResult {
  readonly seconds: number;
  readonly wrong: number;
  readonly timesMs: readonly number[];
}

function requestText(order: LoadOrder): string {
  const body = order.body.replaceAll('{uuid}', randomUUID());
  return (
    'POST /freeswitch/xml HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: freeswitch-xml/1.0\r\n' +
    `Authorization: ${order.authorization}\r\nConnection: close\r\n` +
    'Content-Type: application/x-www-form-urlencoded\r\n' +
    `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`
  );
}

function sendOne(order: LoadOrder): Promise<{ readonly ms: number; readonly ok: boolean }> {
  const text = requestText(order);
  const started = process.hrtime.bigint();
  return new Promise((resolve) => {
    let answer = '';
    const done = (ok: boolean) => {
      resolve({ ms: Number(process.hrtime.bigint() - started) / 1e6, ok });
    };
    const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true }, () => {
      socket.write(text);
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => {
      done(false);
    });
    socket.on('end', () => {
      done(answer.startsWith('HTTP/1.1 200') && answer.includes(order.expect));
    });
  });
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const timesMs: number[] = [];
  let sent = 0;
  let wrong = 0;
  const started = process.hrtime.bigint();
  const elapsedS = () => Number(process.hrtime.bigint() - started) / 1e9;
  const worker = async (): Promise<void> => {
    while (sent < order.requests) {
      const turn = sent;
      sent += 1;
      const waitMs = order.rate === null ? 0 : (turn / order.rate - elapsedS()) * 1000;
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const { ms, ok } = await sendOne(order);
      timesMs.push(ms);
      if (!ok) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: order.concurrency }, worker));
  return { seconds: elapsedS(), wrong, timesMs };
}

const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
process.stdout.write(`${JSON.stringify(await run(order))}\n`);
