import { createServer, type IncomingMessage, type Server } from 'node:http';
import { EngineHttp } from '../../scripts/simulator/engine-http.js';
import { digestHash } from '../../scripts/simulator/originate.js';

export interface SeenRequest {
  readonly path: string;
  readonly form: URLSearchParams;
  readonly body: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
}

export const NOT_FOUND =
  '<document type="freeswitch/xml">\n<section name="result">\n<result status="not found"/>\n</section>\n</document>\n';

/** A dialplan with the given actions, one element a line as FreeSWITCH likes it. */
export function dialplanReply(
  context: string,
  actions: readonly (readonly [string, string])[],
): string {
  const lines = actions.map(
    ([application, data]) =>
      `<action application="${application}" data="${data.replaceAll('&', '&amp;')}"/>`,
  );
  return [
    '<document type="freeswitch/xml">',
    '<section name="dialplan">',
    `<context name="${context}">`,
    '<extension name="t">',
    '<condition>',
    ...lines,
    '</condition>',
    '</extension>',
    '</context>',
    '</section>',
    '</document>',
    '',
  ].join('\n');
}

export function userReply(user: string, password: string): string {
  return [
    '<document type="freeswitch/xml">',
    '<section name="directory">',
    '<domain name="acme.example">',
    `<user id="${user}">`,
    '<params>',
    `<param name="a1-hash" value="${digestHash(user, 'acme.example', password)}"/>`,
    '</params>',
    '<variables>',
    '<variable name="user_context" value="t42"/>',
    '<variable name="accountcode" value="ACME"/>',
    '</variables>',
    '</user>',
    '</domain>',
    '</section>',
    '</document>',
    '',
  ].join('\n');
}

/** An HTTP server that answers lookups with what the test says and keeps what it was sent. */
export class FakeEngine {
  readonly requests: SeenRequest[] = [];
  dialplan: (form: URLSearchParams) => string = () => NOT_FOUND;
  cdrStatus: () => number = () => 200;
  apiReply: (path: string) => unknown = () => ({ items: [] });
  private readonly server: Server;
  private port = 0;

  constructor() {
    this.server = createServer((request, response) => {
      void readBody(request).then((body) => {
        const seen = this.remember(request, body);
        const { status, text } = this.answer(seen);
        response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** Closes kept connections, as a server does with idle ones. */
  dropConnections(): void {
    this.server.closeAllConnections();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  client(): EngineHttp {
    return new EngineHttp({ url: this.url, user: 'fs1', password: 'secret' });
  }

  lookups(section: string): readonly SeenRequest[] {
    return this.requests.filter((request) => request.form.get('section') === section);
  }

  records(): readonly SeenRequest[] {
    return this.requests.filter((request) => request.path.startsWith('/freeswitch/cdr'));
  }

  private remember(request: IncomingMessage, body: string): SeenRequest {
    const seen = {
      path: request.url ?? '',
      form: new URLSearchParams(body),
      body,
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
    };
    this.requests.push(seen);
    return seen;
  }

  private answer(seen: SeenRequest): { readonly status: number; readonly text: string } {
    if (seen.path.startsWith('/api/')) {
      return { status: 200, text: JSON.stringify(this.apiReply(seen.path)) };
    }
    if (seen.path.startsWith('/freeswitch/cdr')) return { status: this.cdrStatus(), text: 'ok' };
    if (seen.form.get('section') === 'dialplan')
      return { status: 200, text: this.dialplan(seen.form) };
    const user = seen.form.get('user') ?? '';
    const known = seen.form.get('section') === 'directory' && ['1001', '1002'].includes(user);
    return { status: 200, text: known ? userReply(user, `pw${user}`) : NOT_FOUND };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
