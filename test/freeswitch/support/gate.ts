import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/**
 * A TCP gate between FreeSWITCH and the engine: open, it passes everything on; shut, it drops what
 * passes and whoever knocks, as a network that is gone does.
 */
export class Gate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isOpen = true;

  private constructor(server: Server, targetPort: () => number) {
    this.#server = server;
    server.on('connection', (near) => {
      if (!this.#isOpen) {
        near.destroy();
        return;
      }
      const far = connect({ host: '127.0.0.1', port: targetPort() });
      this.#join(near, far);
    });
  }

  static async open(targetPort: () => number): Promise<Gate> {
    const server = createServer();
    const gate = new Gate(server, targetPort);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return gate;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('gate: not listening');
    return address.port;
  }

  shut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  reopen(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.shut();
    this.#server.close();
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
