import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A port nobody on loopback listens on now, neither for TCP nor for UDP. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await freeTcpPort();
    if (await isUdpFree(port)) return port;
  }
  throw new Error('ports: found none that is free for both TCP and UDP in 50 tries');
}

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('port: listening without');
  return address.port;
}

async function isUdpFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => {
      resolve(false);
    });
    socket.bind(port, '127.0.0.1', () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}

/** Asks until the answer is neither null nor an error. @throws Error naming what did not come. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null>,
  withinMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last = 'nothing';
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await pause(100);
  }
  throw new Error(`${what}: not within ${String(withinMs)} ms; last: ${last}`);
}

/** A UDP port that is open, so that nothing is refused there, and never answers. */
export class MutePort {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(port: number): Promise<MutePort> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, '127.0.0.1', resolve);
    });
    return new MutePort(socket);
  }

  close(): void {
    this.#socket.close();
  }
}
