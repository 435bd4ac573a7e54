import http from 'node:http';
import https from 'node:https';

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

const FORM = 'application/x-www-form-urlencoded';

/** Talks to the engine as mod_xml_curl and mod_format_cdr do. Never rejects. */
export class EngineHttp {
  private readonly base: URL;
  private readonly agent: http.Agent;
  private readonly authorization: string;
  private readonly timeoutMs: number;

  constructor(options: EngineHttpOptions) {
    this.base = new URL(options.url);
    const keepAlive = options.keepConnections ?? false;
    const Agent = this.base.protocol === 'https:' ? https.Agent : http.Agent;
    this.agent = new Agent({ keepAlive, maxSockets: 256, scheduling: 'fifo' });
    const credentials = `${options.user}:${options.password}`;
    this.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    this.timeoutMs = options.timeoutMs ?? 5_000;
  }

  /** A directory, dialplan or configuration lookup. */
  lookup(body: string): Promise<HttpReply> {
    return this.send({ path: '/freeswitch/xml', body, userAgent: 'freeswitch-xml/1.0' });
  }

  send(post: HttpPost): Promise<HttpReply> {
    const startedAt = performance.now();
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
        path: this.base.pathname.replace(/\/$/, '') + post.path,
        method: post.method ?? 'POST',
        agent: this.agent,
        timeout: this.timeoutMs,
        headers: {
          authorization: post.authorization ?? this.authorization,
          'user-agent': post.userAgent ?? 'freeswitch-xml/1.0',
          accept: '*/*',
          'content-type': post.contentType ?? FORM,
          'content-length': Buffer.byteLength(post.body),
        },
      },
      onResponse,
    );
  }
}
