import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  /** Headers and body as they came, lines ended by `\n`, quoted-printable undone. */
  readonly text: string;
}

export interface MailServer {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** What a verb is answered instead of yes; null takes it back. `silence` answers nothing. */
  refuse(verb: 'RCPT' | 'DATA', reply: string | null): void;
  close(): Promise<void>;
}

/** A mail server that takes everything: RFC 5321 as far as a client needs it, on loopback. */
export async function openMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const refusals = new Map<string, string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    converse(socket, refusals, mails);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    mails,
    refuse: (verb, reply) => {
      if (reply === null) refusals.delete(verb);
      else refusals.set(verb, reply);
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function converse(
  socket: Socket,
  refusals: ReadonlyMap<string, string>,
  mails: ReceivedMail[],
): void {
  let input = '';
  let from = '';
  let to = '';
  let isData = false;
  const say = (line: string): void => {
    if (line !== 'silence') socket.write(`${line}\r\n`);
  };
  const takeData = (): boolean => {
    const end = input.indexOf('\r\n.\r\n');
    if (end < 0) return false;
    const text = input.slice(0, end).replaceAll('\r\n', '\n');
    mails.push({ from, to, text: unquoted(text) });
    input = input.slice(end + 5);
    isData = false;
    say('250 kept');
    return true;
  };
  const takeLine = (): boolean => {
    const end = input.indexOf('\r\n');
    if (end < 0) return false;
    const line = input.slice(0, end);
    input = input.slice(end + 2);
    const verb = line.slice(0, 4).toUpperCase();
    const refusal = refusals.get(verb);
    if (refusal !== undefined) say(refusal);
    else if (verb === 'DATA') {
      isData = true;
      say('354 go on');
    } else say(verb === 'QUIT' ? '221 bye' : '250 yes');
    const address = /<(.*)>/.exec(line)?.[1] ?? '';
    if (verb === 'MAIL') from = address;
    if (verb === 'RCPT') to = address;
    return true;
  };
  socket.setEncoding('utf8').on('data', (text: string) => {
    input += text;
    while (isData ? takeData() : takeLine());
  });
  say('220 test');
}

function unquoted(text: string): string {
  return text
    .replaceAll('=\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
