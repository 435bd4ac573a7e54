import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { headerText, parseJsonEvent } from '../../server/esl/event-headers.js';
import { type EventFormat, eventFrame } from './event-text.js';

/** What a login may do. */
export interface Permission {
  readonly allowedApi: 'all' | readonly string[];
}

export interface SessionHost {
  /** Null refuses. `user` is `name@domain`, or null for the plain password. */
  logIn(user: string | null, password: string): Permission | null;
  /** Runs an API command and gives its output. */
  api(command: string, argument: string): Promise<string>;
  readonly coreUuid: string;
  onSubscribed(): void;
}

const MAX_COMMAND_BYTES = 64 * 1024;
/** A client that reads nothing for this much output is dropped, as the switch drops a full queue. */
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;
const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';

interface Filter {
  readonly header: string;
  readonly value: string;
}

interface Command {
  readonly name: string;
  readonly argument: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** One client of the simulated event socket: reads commands, answers in order, sends events. */
export class EventSocketSession {
  private permission: Permission | null = null;
  private format: EventFormat | null = null;
  private readonly names = new Set<string>();
  private readonly subclasses = new Set<string>();
  private filters: readonly Filter[] = [];
  private unread = '';
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly socket: Socket,
    private readonly host: SessionHost,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.onData(chunk));
    // A client that goes away by reset is no error of the switch.
    socket.on('error', () => socket.destroy());
    socket.write('Content-Type: auth/request\n\n');
  }

  get isSubscribed(): boolean {
    return this.format !== null && this.names.size + this.subclasses.size > 0;
  }

  wants(name: string, subclass: string | null): boolean {
    if (this.format === null) return false;
    if (this.names.has('ALL')) return true;
    return subclass === null ? this.names.has(name) : this.subclasses.has(subclass);
  }

  /** `frameOf` builds the frame in a format; it is shared by all clients that want the same. */
  deliver(json: string, frameOf: (format: EventFormat) => Buffer): void {
    if (this.format === null || !this.passesFilters(json)) return;
    this.write(frameOf(this.format));
  }

  /** Sends bytes as they are, to a client that is subscribed to something. */
  deliverRaw(bytes: Buffer): void {
    if (this.isSubscribed) this.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }

  private onData(chunk: Buffer): void {
    this.unread += chunk.toString('utf8').replaceAll('\r', '');
    for (;;) {
      const end = this.unread.indexOf('\n\n');
      if (end === -1) break;
      const text = this.unread.slice(0, end).replace(/^\n+/, '');
      this.unread = this.unread.slice(end + 2);
      // One after the other: replies come in the order of the commands.
      if (text !== '') this.work = this.work.then(() => this.run(parseCommand(text)));
    }
    if (this.unread.length > MAX_COMMAND_BYTES) this.socket.destroy();
  }

  private async run(command: Command): Promise<void> {
    if (this.permission === null) {
      this.logIn(command);
      return;
    }
    switch (command.name) {
      case 'api':
        return this.runApi(command.argument);
      case 'bgapi':
        return this.runBackground(command);
      case 'event':
        return this.subscribe(command.argument);
      case 'nixevent':
        for (const name of command.argument.split(/\s+/)) this.names.delete(name.toUpperCase());
        return this.reply('+OK events nixed');
      case 'noevents':
        this.names.clear();
        this.subclasses.clear();
        return this.reply('+OK no longer listening for events');
      case 'filter':
        return this.filter(command.argument);
      case 'exit':
        this.reply('+OK bye');
        return this.sayGoodbye();
      default:
        return this.reply('-ERR command not found');
    }
  }

  private logIn(command: Command): void {
    const { name, argument } = command;
    if (name === 'auth') this.permission = this.host.logIn(null, argument);
    if (name === 'userauth') {
      const colon = argument.indexOf(':');
      this.permission = this.host.logIn(argument.slice(0, colon), argument.slice(colon + 1));
    }
    if (name !== 'auth' && name !== 'userauth') {
      this.reply('-ERR command not found');
    } else if (this.permission === null) {
      this.reply('-ERR invalid');
      this.sayGoodbye();
    } else {
      this.reply('+OK accepted');
    }
  }

  private mayRun(line: string): boolean {
    const allowed = this.permission?.allowedApi ?? [];
    return allowed === 'all' || allowed.includes(line.split(' ', 1)[0] ?? '');
  }

  private async runApi(line: string): Promise<void> {
    // A refused command is answered with a command/reply, unlike one that ran.
    if (!this.mayRun(line)) return this.reply('-ERR permission denied');
    const output = Buffer.from(await this.output(line), 'utf8');
    this.write(`Content-Type: api/response\nContent-Length: ${output.length}\n\n`);
    this.write(output);
  }

  private runBackground(command: Command): void {
    if (!this.mayRun(command.argument)) return this.reply('-ERR permission denied');
    const jobUuid = command.headers.get('Job-UUID') ?? randomUUID();
    this.write(
      'Content-Type: command/reply\n' +
        `Reply-Text: +OK Job-UUID: ${jobUuid}\nJob-UUID: ${jobUuid}\n\n`,
    );
    void this.output(command.argument).then((output) => {
      if (!this.wants('BACKGROUND_JOB', null)) return;
      const json = this.jobEvent(jobUuid, command.argument, output);
      this.deliver(json, (format) => eventFrame(json, format));
    });
  }

  private async output(line: string): Promise<string> {
    const space = line.indexOf(' ');
    const name = space === -1 ? line : line.slice(0, space);
    const argument = space === -1 ? '' : line.slice(space + 1).trim();
    return (await this.host.api(name, argument)) || '-ERR no reply\n';
  }

  private jobEvent(jobUuid: string, line: string, output: string): string {
    const [name = '', ...rest] = line.split(' ');
    return JSON.stringify({
      'Event-Name': 'BACKGROUND_JOB',
      'Core-UUID': this.host.coreUuid,
      'Event-Date-Timestamp': String(Date.now() * 1000),
      'Job-UUID': jobUuid,
      'Job-Command': name,
      ...(rest.length === 0 ? {} : { 'Job-Command-Arg': rest.join(' ') }),
      'Content-Length': String(Buffer.byteLength(output)),
      _body: output,
    });
  }

  /** After the word CUSTOM, every further word names a subclass. */
  private subscribe(argument: string): void {
    const [format = '', ...words] = argument.split(/\s+/).filter((word) => word !== '');
    if (words.length === 0) return this.reply('-ERR no keywords supplied');
    this.format = format === 'json' ? 'json' : 'plain';
    let custom = false;
    for (const word of words) {
      if (custom) this.subclasses.add(word);
      else if (word.toUpperCase() === 'CUSTOM') custom = true;
      else this.names.add(word.toUpperCase());
    }
    this.reply(`+OK event listener enabled ${this.format}`);
    this.host.onSubscribed();
  }

  private filter(argument: string): void {
    const [first = '', ...rest] = argument.split(' ');
    if (first === 'delete') {
      const header = rest[0] ?? '';
      this.filters = this.filters.filter((filter) => header !== 'all' && filter.header !== header);
      return this.reply(`+OK filter deleted. [${header}][]`);
    }
    const value = rest.join(' ');
    if (value === '') return this.reply('-ERR invalid syntax');
    this.filters = [...this.filters, { header: first, value }];
    this.reply(`+OK filter added. [${first}]=[${value}]`);
  }

  /** Filters add up: an event passes when any of them matches. */
  private passesFilters(json: string): boolean {
    if (this.filters.length === 0) return true;
    const headers = parseJsonEvent(json) ?? {};
    return this.filters.some(({ header, value }) => {
      const found = headerText(headers, header);
      const pattern = /^\/(.*)\/$/.exec(value)?.[1];
      if (found === null) return false;
      return pattern === undefined ? found === value : new RegExp(pattern).test(found);
    });
  }

  private sayGoodbye(): void {
    const length = Buffer.byteLength(GOODBYE);
    this.write(`Content-Type: text/disconnect-notice\nContent-Length: ${length}\n\n${GOODBYE}`);
    this.socket.end();
  }

  private reply(text: string): void {
    this.write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
  }

  private write(data: string | Buffer): void {
    if (!this.socket.writable) return;
    this.socket.write(data);
    if (this.socket.writableLength > MAX_UNREAD_BYTES) this.socket.destroy();
  }
}

function parseCommand(text: string): Command {
  const [line = '', ...rest] = text.split('\n');
  const space = line.indexOf(' ');
  const headers = new Map<string, string>();
  for (const header of rest) {
    const colon = header.indexOf(':');
    if (colon > 0) headers.set(header.slice(0, colon), header.slice(colon + 1).trim());
  }
  return {
    name: (space === -1 ? line : line.slice(0, space)).toLowerCase(),
    argument: space === -1 ? '' : line.slice(space + 1).trim(),
    headers,
  };
}
