import http from 'node:http';
import https from 'node:https';
import { HttpPool } from './http-pool.js';

export interface EngineTarget {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export interface EngineHttpOptions extends EngineTarget {
  /** mod_xml_curl opens a connection per request; keeping them is cheaper for load runs. */
  readonly keepConnections?: boolean;
  readonly timeoutMs?: number;
}

export interface HttpReply {
  /** 0 when there was no reply at all; then `text` says why. */
  readonly status: number;
  readonly text: string;
  readonly elapsedMs: number;
}

export interface HttpPost {
  /** Path and query below the engine's URL. */
  readonly path: string;
  readonly method?: string;
  readonly body: string;
  readonly contentType?: string;
  readonly userAgent?: string;
  readonly authorization?: string;
}

/** What a switch wants of the engine over HTTP: one node, or several with a rule which is asked. */
export interface EngineLink {
  /** A directory, dialplan or configuration lookup. Never rejects. */
  lookup(body: string): Promise<HttpReply>;
  /** Any other request, such as a call detail record. Never rejects. */
  send(post: HttpPost): Promise<HttpReply>;
}

const MOST_SOCKETS = 256;
const FORM = 'application/x-www-form-urlencoded';

/** Talks to the engine as mod_xml_curl and mod_format_cdr do. Never rejects. */
export class EngineHttp implements EngineLink {
  private readonly base: URL;
  private readonly agent: http.Agent;
  /** Only for plain HTTP with kept connections. */
  private readonly pool: HttpPool | null;
  private readonly authorization: string;
  private readonly timeoutMs: number;

  constructor(options: EngineHttpOptions) {
    this.base = new URL(options.url);
    const isPlain = this.base.protocol === 'http:';
    const Agent = isPlain ? http.Agent : https.Agent;
    const keepAlive = options.keepConnections ?? false;
    this.agent = new Agent({ keepAlive, maxSockets: MOST_SOCKETS });
    this.timeoutMs = options.timeoutMs ?? 5_000;
    this.pool =
      keepAlive && isPlain
        ? new HttpPool({
            host: this.base.hostname,
            port: Number(this.base.port || '80'),
            mostSockets: MOST_SOCKETS,
            timeoutMs: this.timeoutMs,
          })
        : null;
    const credentials = `${options.user}:${options.password}`;
    this.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }

  /** A directory, dialplan or configuration lookup. */
  lookup(body: string): Promise<HttpReply> {
    return this.send({ path: '/freeswitch/xml', body, userAgent: 'freeswitch-xml/1.0' });
  }

  async send(post: HttpPost): Promise<HttpReply> {
    const startedAt = performance.now();
    if (this.pool !== null) {
      const reply = await this.pool.send(this.rawRequest(post));
      return { ...reply, elapsedMs: performance.now() - startedAt };
    }
    return new Promise((resolve) => {
      const done = (status: number, text: string): void =>
        resolve({ status, text, elapsedMs: performance.now() - startedAt });
      const request = this.open(post, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          done(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8')),
        );
        response.on('error', (error) => done(0, error.message));
      });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', (error) => done(0, error.message));
      request.end(post.body);
    });
  }

  close(): void {
    this.agent.destroy();
    this.pool?.close();
  }

  private rawRequest(post: HttpPost): string {
    const lines = Object.entries(this.headersOf(post)).map(([name, value]) => `${name}: ${value}`);
    const head = `${post.method ?? 'POST'} ${this.pathOf(post)} HTTP/1.1`;
    return `${head}\r\nhost: ${this.base.host}\r\n${lines.join('\r\n')}\r\n\r\n${post.body}`;
  }

  private pathOf(post: HttpPost): string {
    return this.base.pathname.replace(/\/$/, '') + post.path;
  }

  private headersOf(post: HttpPost): Readonly<Record<string, string | number>> {
    return {
      authorization: post.authorization ?? this.authorization,
      'user-agent': post.userAgent ?? 'freeswitch-xml/1.0',
      accept: '*/*',
      'content-type': post.contentType ?? FORM,
      'content-length': Buffer.byteLength(post.body),
    };
  }

  private open(
    post: HttpPost,
    onResponse: (response: http.IncomingMessage) => void,
  ): http.ClientRequest {
    const request = this.base.protocol === 'https:' ? https.request : http.request;
    return request(
      {
        hostname: this.base.hostname,
        port: this.base.port,
        path: this.pathOf(post),
        method: post.method ?? 'POST',
        agent: this.agent,
        timeout: this.timeoutMs,
        headers: this.headersOf(post),
      },
      onResponse,
    );
  }
}
