import type { Socket } from 'node:net';
import esl, { type Event as EslEvent } from 'modesl';
import { EslError } from './esl-error.js';
import { type Frame, FrameDecoder } from './frame-decoder.js';

export interface TransportOptions {
  readonly host: string;
  readonly port: number;
  /** The whole login command, such as `auth secret` or `userauth engine@acme.example:secret`. */
  readonly login: string;
  readonly commandTimeoutMs: number;
  /** TCP, greeting and login together must be done within this time. */
  readonly connectTimeoutMs: number;
  /** The switch accepted the login. */
  readonly onLoggedIn: () => void;
  /** Every `text/event-…` frame. */
  readonly onEvent: (frame: Frame) => void;
  /** Called once, whatever ended the connection; nothing is called after it. */
  readonly onClosed: (reason: string) => void;
}

/** One connection to one event socket: commands with replies, and a stream of event frames. */
export interface Transport {
  /**
   * Sends a command and resolves with its reply text: the body of an `api/response`, else the
   * Reply-Text. @throws EslError timeout, disconnected, invalid_argument.
   */
  request(command: string, headers?: Readonly<Record<string, string>>): Promise<string>;
  /** Stops and restarts reading, to hold a fast switch back. */
  pause(): void;
  resume(): void;
  close(reason: string): void;
  /** Milliseconds since anything at all was read; 0 while reading is paused by us. */
  idleMs(): number;
}

export function openTransport(options: TransportOptions): Transport {
  return new ModeslTransport(options);
}

/**
 * modesl's connection with its parser taken out. Its `_onConnect` hook would put its own parser on
 * the socket; this one hands the raw bytes on instead.
 */
class RawConnection extends esl.Connection {
  onRawConnect: () => void = () => undefined;

  override _onConnect(): void {
    this.connecting = false;
    this.onRawConnect();
  }
}

class ModeslTransport implements Transport {
  private readonly connection: RawConnection;
  /** modesl forgets its socket on `end`; we must still be able to destroy it. */
  private readonly socket: Socket | null;
  private readonly decoder = new FrameDecoder((frame) => this.onFrame(frame));
  private readonly abandons = new Set<(reason: string) => void>();
  private readonly connectTimer: NodeJS.Timeout;
  private lastReadAt = performance.now();
  private paused = false;
  private loggedIn = false;
  private closed = false;

  constructor(private readonly options: TransportOptions) {
    this.connection = new RawConnection(options.host, options.port, '');
    this.socket = this.connection.socket;
    this.connection.onRawConnect = () => this.startReading();
    // Without a listener modesl's `error` event would be thrown out of the socket's handler.
    this.connection.on('error', (error) => this.close(describe(error)));
    this.socket?.on('close', () => this.close('connection closed'));
    this.connectTimer = setTimeout(
      () => this.close('connect or login timeout'),
      options.connectTimeoutMs,
    );
  }

  async request(command: string, headers?: Readonly<Record<string, string>>): Promise<string> {
    const lines = [command, ...Object.entries(headers ?? {}).flat()];
    if (lines.some((line) => /[\r\n\0]/.test(line))) {
      throw new EslError('invalid_argument', 'a command may not hold a line break');
    }
    if (this.closed) throw new EslError('disconnected', `not connected: ${verb(command)}`);
    return new Promise((resolve, reject) => this.send(command, headers ?? null, resolve, reject));
  }

  /**
   * modesl keeps replies in the order of the commands. A command that timed out keeps its place in
   * that order, so that a late reply is not taken for the answer to the next command.
   */
  private send(
    command: string,
    headers: Readonly<Record<string, string>> | null,
    resolve: (text: string) => void,
    reject: (error: EslError) => void,
  ): void {
    const abandon = (reason: string): void => {
      finish();
      reject(new EslError('disconnected', `${reason} while waiting for: ${verb(command)}`));
    };
    const timer = setTimeout(() => {
      finish();
      reject(new EslError('timeout', `no reply to: ${verb(command)}`));
    }, this.options.commandTimeoutMs);
    const finish = (): void => {
      clearTimeout(timer);
      this.abandons.delete(abandon);
    };
    this.abandons.add(abandon);
    this.socket?.cork();
    this.connection.sendRecv(command, headers, (reply) => {
      finish();
      resolve(replyText(reply));
    });
    // One write per tick: commands sent together leave together, in order.
    process.nextTick(() => this.socket?.uncork());
  }

  pause(): void {
    this.paused = true;
    this.socket?.pause();
  }

  resume(): void {
    this.paused = false;
    this.lastReadAt = performance.now();
    this.socket?.resume();
  }

  idleMs(): number {
    return this.paused ? 0 : performance.now() - this.lastReadAt;
  }

  close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.connectTimer);
    this.socket?.destroy();
    for (const abandon of [...this.abandons]) abandon(reason);
    this.options.onClosed(reason);
  }

  private startReading(): void {
    const socket = this.socket;
    if (socket === null) return;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    socket.on('data', (chunk: Buffer) => {
      this.lastReadAt = performance.now();
      try {
        this.decoder.push(chunk);
      } catch (error) {
        this.close(`malformed stream: ${describe(error)}`);
      }
    });
  }

  private onFrame(frame: Frame): void {
    if (this.closed) return;
    switch (frame.headers['Content-Type']) {
      case 'auth/request':
        void this.logIn();
        return;
      case 'command/reply':
      case 'api/response':
        this.passReply(frame);
        return;
      case 'text/event-json':
      case 'text/event-plain':
        this.options.onEvent(frame);
        return;
      case 'text/disconnect-notice':
        this.close('the switch said goodbye');
        return;
      case 'text/rude-rejection':
        this.close('refused by the access list of the event socket');
        return;
      default:
        return;
    }
  }

  /**
   * A refused `api` is answered with a `command/reply`, not an `api/response`
   * (mod_event_socket.c: parse_command). modesl keeps two queues and would give that answer to
   * another command, so both kinds go through its one queue for command replies.
   */
  private passReply(frame: Frame): void {
    const text = frame.headers['Reply-Text'] ?? '';
    if (!this.loggedIn && !text.startsWith('+OK')) {
      // Told at once: the switch says goodbye in the same breath, which would hide the reason.
      this.close(`login refused: ${text}`);
      return;
    }
    const event = new esl.Event(frame.headers, frame.body.toString('utf8'));
    this.connection.emit('esl::event::command::reply', event);
  }

  private async logIn(): Promise<void> {
    try {
      await this.request(this.options.login);
      this.loggedIn = true;
      clearTimeout(this.connectTimer);
      this.options.onLoggedIn();
    } catch (error) {
      this.close(describe(error));
    }
  }
}

function replyText(reply: EslEvent): string {
  return reply.getBody() || (reply.getHeader('Reply-Text') ?? '');
}

/** The command without its arguments: they can hold a password. */
function verb(command: string): string {
  return command.split(' ', command.startsWith('api ') ? 2 : 1).join(' ');
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
