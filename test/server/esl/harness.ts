import { createServer, type Server, type Socket } from 'node:net';
import type { CallEvent } from '../../../server/calls/reports.js';
import type { EslCommands } from '../../../server/esl/commands.js';
import { EslClient, type EslClientOptions } from '../../../server/esl/connection.js';

/** Timings that let a test see timeouts and reconnects without waiting for them. */
export const QUICK = {
  connectTimeoutMs: 300,
  commandTimeoutMs: 200,
  idleTimeoutMs: 200,
  backoffMinMs: 10,
  backoffMaxMs: 40,
  snapshotTimeoutMs: 300,
};

export interface Listening {
  readonly client: EslClient;
  readonly events: CallEvent[];
  readonly connected: EslCommands[];
  readonly disconnected: string[];
  readonly logged: string[];
}

/** A client with its callbacks written down. The idle timeout is long unless a test sets it. */
export function listenTo(port: number, options: Partial<EslClientOptions> = {}): Listening {
  const events: CallEvent[] = [];
  const connected: EslCommands[] = [];
  const disconnected: string[] = [];
  const logged: string[] = [];
  const note = (fields: object, message: string): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const client = new EslClient({
    host: '127.0.0.1',
    port,
    password: 'ClueCon',
    onEvent: (event) => void events.push(event),
    onConnected: (commands) => void connected.push(commands),
    onDisconnected: (reason) => void disconnected.push(reason),
    log: { debug: note, info: note, warn: note, error: note },
    timings: { ...QUICK, idleTimeoutMs: 60_000 },
    ...options,
  });
  client.start();
  return { client, events, connected, disconnected, logged };
}

/** Waits until something is so; fails after two seconds with what was waited for. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 2_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`not within 2 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function commandsOf(listening: Listening): Promise<EslCommands> {
  await until('connected', () => listening.connected.length > 0);
  const commands = listening.client.commands;
  if (commands === null) throw new Error('connected without commands');
  return commands;
}

/** A server that speaks whatever the test writes: for what no healthy switch would do. */
export class RawServer {
  readonly sockets: Socket[] = [];
  readonly commands: string[] = [];
  /** Called with every command, to write an answer. */
  onCommand: (command: string, socket: Socket) => void = logInOnly;
  greeting = 'Content-Type: auth/request\n\n';
  private readonly server: Server;

  constructor() {
    this.server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write(this.greeting);
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
          const command = text.slice(0, end).trim();
          text = text.slice(end + 2);
          this.commands.push(command);
          this.onCommand(command, socket);
        }
      });
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Accepts the login and the subscription, and answers nothing else. */
export function logInOnly(command: string, socket: Socket): void {
  if (/^(auth|userauth|event) /.test(command)) {
    socket.write('Content-Type: command/reply\nReply-Text: +OK accepted\n\n');
  }
}

export function apiResponse(text: string): string {
  return `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`;
}

export function jsonEvent(headers: Readonly<Record<string, string>>): string {
  const body = JSON.stringify(headers);
  const length = Buffer.byteLength(body);
  return `Content-Length: ${length}\nContent-Type: text/event-json\n\n${body}`;
}
