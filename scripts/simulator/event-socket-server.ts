import { createServer, type Server, type Socket } from 'node:net';
import { eventFrame, type EventFormat } from './event-text.js';
import { EventSocketSession, type Permission, type SessionHost } from './event-socket-session.js';
import type { EventSink } from './switch.js';

export interface EventSocketServerOptions {
  readonly password: string;
  readonly coreUuid: () => string;
  readonly api: (command: string, argument: string) => string | Promise<string>;
  /** Logins of `userauth`, by `name@domain`. */
  readonly users?: ReadonlyMap<string, Permission & { readonly password: string }>;
  /** Called at the pace of the switch's HEARTBEAT, which is 20 s unless told otherwise. */
  readonly onHeartbeat?: () => void;
  readonly heartbeatMs?: number;
}

/** The event socket of a simulated switch (the protocol of mod_event_socket, inbound mode). */
export class EventSocketServer implements EventSink {
  private readonly sessions = new Map<Socket, EventSocketSession>();
  private readonly subscribedWaiters: (() => void)[] = [];
  private readonly server: Server;
  private heartbeat: NodeJS.Timeout | null = null;

  constructor(private readonly options: EventSocketServerOptions) {
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Resolves with the port, once it listens. Port 0 chooses a free one. */
  listen(port: number, host = '127.0.0.1'): Promise<number> {
    const { onHeartbeat, heartbeatMs = 20_000 } = this.options;
    if (onHeartbeat !== undefined) this.heartbeat = setInterval(onHeartbeat, heartbeatMs);
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        const address = this.server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  async close(): Promise<void> {
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    this.dropClients();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** Cuts all connections, as a restart of the switch does; or one, by the order they connected in. */
  dropClients(only?: number): void {
    [...this.sessions.values()].forEach((session, client) => {
      if (only === undefined || only === client) session.close();
    });
  }

  get subscribedClients(): number {
    return [...this.sessions.values()].filter((session) => session.isSubscribed).length;
  }

  /** True as soon as a client has subscribed, false when none has within the time. */
  waitForSubscriber(timeoutMs: number): Promise<boolean> {
    if (this.subscribedClients > 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.subscribedWaiters.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  wants(name: string, subclass: string | null = null): boolean {
    for (const session of this.sessions.values()) {
      if (session.wants(name, subclass)) return true;
    }
    return false;
  }

  /** `reaches` says which clients get it, by the order in which they connected; all if not given. */
  publish(
    name: string,
    subclass: string | null,
    json: string,
    reaches: (client: number) => boolean = () => true,
  ): void {
    const frames = new Map<EventFormat, Buffer>();
    const frameOf = (format: EventFormat): Buffer => {
      const frame = frames.get(format) ?? eventFrame(json, format);
      frames.set(format, frame);
      return frame;
    };
    let client = 0;
    for (const session of this.sessions.values()) {
      const isReached = reaches(client);
      client += 1;
      if (isReached && session.wants(name, subclass)) session.deliver(json, frameOf);
    }
  }

  /** Sends bytes to every subscribed client, whatever it subscribed to. */
  publishRaw(bytes: Buffer): void {
    for (const session of this.sessions.values()) session.deliverRaw(bytes);
  }

  private accept(socket: Socket): void {
    const host: SessionHost = {
      logIn: (user, password) => this.logIn(user, password),
      api: async (command, argument) => this.options.api(command, argument),
      coreUuid: this.options.coreUuid(),
      onSubscribed: () => {
        for (const waiter of this.subscribedWaiters.splice(0)) waiter();
      },
    };
    this.sessions.set(socket, new EventSocketSession(socket, host));
    socket.on('close', () => this.sessions.delete(socket));
  }

  private logIn(user: string | null, password: string): Permission | null {
    if (user === null) return password === this.options.password ? { allowedApi: 'all' } : null;
    const known = this.options.users?.get(user);
    return known !== undefined && known.password === password ? known : null;
  }
}
