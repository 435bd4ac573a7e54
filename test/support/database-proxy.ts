import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connectionOptions } from '../../db/client.js';

/** Stands between an engine and its database, so that a test can take the database away. */
export interface DatabaseProxy {
  /** The database's address with the proxy in it. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Passes nothing on any more and breaks nothing, as when the database's machine lost its power. */
  stall(): void;
  /** Lets connections through again, after either. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function openDatabaseProxy(realUrl: string): Promise<DatabaseProxy> {
  const { socketPath, host, port } = connectionOptions(realUrl);
  const target =
    socketPath === undefined
      ? { host: host ?? '127.0.0.1', port: port ?? 3306 }
      : { path: socketPath };
  const sockets = new Set<Socket>();
  let isStalled = false;
  const server = createServer((client) => {
    if (isStalled) {
      sockets.add(client);
      client.on('close', () => sockets.delete(client)).on('error', () => client.destroy());
      return;
    }
    const upstream = connect(target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('error', () => from.destroy());
      from.pipe(to);
    }
  });
  const listen = (wanted: number): Promise<void> =>
    new Promise((resolve) => server.listen(wanted, '127.0.0.1', () => resolve()));
  await listen(0);
  // A listening TCP server has an address with a port.
  const ownPort = (server.address() as AddressInfo).port;
  const url = new URL(realUrl);
  url.search = '';
  url.hostname = '127.0.0.1';
  url.port = String(ownPort);
  const cut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: url.toString(),
    cut,
    stall: () => {
      isStalled = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: async () => {
      isStalled = false;
      // What was cut off in the middle of a packet cannot go on; real machines reset it too.
      for (const socket of sockets) socket.destroy();
      if (!server.listening) await listen(ownPort);
    },
    close: async () => {
      if (server.listening) await cut();
    },
  };
}
