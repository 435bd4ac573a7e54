import { connect, type Socket } from 'node:net';

export interface RawReply {
  readonly status: number;
  readonly text: string;
}

export interface HttpPoolOptions {
  readonly host: string;
  readonly port: number;
  readonly mostSockets: number;
  readonly timeoutMs: number;
}

interface Job {
  readonly bytes: string;
  readonly resolve: (reply: RawReply) => void;
  isRetried: boolean;
}

/**
 * A bare HTTP/1.1 client over kept connections, one request at a time on each. Node's own client
 * takes more than half of what a simulated call costs, and a load run has to share its machine with
 * the engine. For plain HTTP and replies with a Content-Length or in chunks; nothing else is asked of
 * an engine.
 */
export class HttpPool {
  private readonly idle: PooledSocket[] = [];
  private readonly all = new Set<PooledSocket>();
  private readonly waiting: Job[] = [];

  constructor(private readonly options: HttpPoolOptions) {}

  /** `bytes` is the whole request, head and body. Status 0 means that no reply came. */
  send(bytes: string): Promise<RawReply> {
    return new Promise((resolve) => {
      this.waiting.push({ bytes, resolve, isRetried: false });
      this.assign();
    });
  }

  close(): void {
    for (const socket of this.all) socket.destroy();
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const socket = this.idle.pop() ?? this.openSocket();
      const job = socket === null ? undefined : this.waiting.shift();
      if (socket === null || job === undefined) return;
      socket.run(job);
    }
  }

  private openSocket(): PooledSocket | null {
    if (this.all.size >= this.options.mostSockets) return null;
    const socket = new PooledSocket(
      this.options,
      () => {
        this.idle.push(socket);
        this.assign();
      },
      (job, why, mayRetry) => {
        this.all.delete(socket);
        const at = this.idle.indexOf(socket);
        if (at !== -1) this.idle.splice(at, 1);
        if (job !== null) this.giveUp(job, why, mayRetry);
        this.assign();
      },
    );
    this.all.add(socket);
    return socket;
  }

  /** A server may close an idle connection just as it is used again; that is worth one more try. */
  private giveUp(job: Job, why: string, mayRetry: boolean): void {
    if (mayRetry && !job.isRetried) {
      job.isRetried = true;
      this.waiting.unshift(job);
    } else {
      job.resolve({ status: 0, text: why });
    }
  }
}

class PooledSocket {
  private readonly socket: Socket;
  private job: Job | null = null;
  private received = '';
  private uses = 0;
  private failure = 'connection closed';

  constructor(
    options: HttpPoolOptions,
    private readonly onIdle: () => void,
    onGone: (job: Job | null, why: string, mayRetry: boolean) => void,
  ) {
    this.socket = connect({ host: options.host, port: options.port, noDelay: true });
    // One character a byte, so that lengths can be compared; decoded when the reply is whole.
    this.socket.setEncoding('latin1');
    this.socket.setTimeout(options.timeoutMs, () => this.socket.destroy(new Error('timeout')));
    this.socket.on('data', (text: string) => this.onData(text));
    this.socket.on('error', (error) => void (this.failure = error.message));
    this.socket.on('close', () => {
      const mayRetry = this.uses > 1 && this.received === '' && this.failure !== 'timeout';
      onGone(this.job, this.failure, mayRetry);
    });
  }

  run(job: Job): void {
    this.job = job;
    this.received = '';
    this.uses += 1;
    this.socket.write(job.bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }

  private onData(text: string): void {
    this.received += text;
    const reply = readReply(this.received);
    const { job } = this;
    if (reply === null || job === null) return;
    this.job = null;
    job.resolve({ status: reply.status, text: reply.text });
    if (reply.isLast) this.socket.destroy();
    else this.onIdle();
  }
}

/** A whole reply, or null while some of it is missing. `received` holds one character a byte. */
export function readReply(received: string): (RawReply & { readonly isLast: boolean }) | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const head = received.slice(0, headEnd);
  const body = received.slice(headEnd + 4);
  const status = Number(head.slice(9, 12));
  const isLast = /\r\nconnection: *close/i.test(head);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const bytes = length === undefined ? unchunk(body, head) : takeBytes(body, Number(length));
  if (bytes === null) return null;
  return { status, text: Buffer.from(bytes, 'latin1').toString('utf8'), isLast };
}

function takeBytes(body: string, length: number): string | null {
  return body.length < length ? null : body.slice(0, length);
}

function unchunk(body: string, head: string): string | null {
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return '';
  let text = '';
  let offset = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', offset);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(body.slice(offset, lineEnd), 16);
    if (!(size >= 0)) return null;
    const from = lineEnd + 2;
    if (body.length < from + size + 2) return null;
    if (size === 0) return text;
    text += body.slice(from, from + size);
    offset = from + size + 2;
  }
}
