import type { Socket } from 'node:net';
import { apiResponse, jsonEvent, logInOnly, RawServer } from '../esl/harness.js';

/** An event socket that answers what the engine asks after each login. */
export class FakeSocket {
  readonly server = new RawServer();
  coreUuid = '0198b1f0-0000-4000-8000-0000000000aa';
  /** Legs that talk, with the moment of their answer. */
  readonly legs = new Map<string, number>();
  /** Hangs up on whoever connects. */
  refuse = false;

  async start(): Promise<number> {
    this.server.onCommand = (command, socket) => {
      this.#onCommand(command, socket);
    };
    return this.server.start();
  }

  /** Logins so far, with the password of each. */
  get passwords(): readonly string[] {
    return this.server.commands.flatMap((command) => /^auth (.+)$/.exec(command)?.[1] ?? []);
  }

  /** True while nobody is connected. */
  get isDeserted(): boolean {
    return this.server.sockets.every((socket) => socket.destroyed);
  }

  cut(): void {
    for (const socket of this.server.sockets) socket.destroy();
  }

  beat(): void {
    const headers = {
      'Event-Name': 'HEARTBEAT',
      'Core-UUID': this.coreUuid,
      'Event-Date-Timestamp': String(Date.now() * 1000),
    };
    for (const socket of this.server.sockets) {
      if (!socket.destroyed) socket.write(jsonEvent(headers));
    }
  }

  #onCommand(command: string, socket: Socket): void {
    if (this.refuse) {
      socket.destroy();
      return;
    }
    const [line = '', ...rest] = command.split('\n');
    const [verb, name, argument] = line.split(' ');
    if (verb !== 'api' && verb !== 'bgapi') {
      logInOnly(command, socket);
      return;
    }
    const output = this.#output(name ?? '', argument ?? '');
    if (verb === 'api') {
      socket.write(apiResponse(output));
      return;
    }
    const job = /^Job-UUID: (.+)$/m.exec(rest.join('\n'))?.[1] ?? '';
    socket.write(`Content-Type: command/reply\nReply-Text: +OK Job-UUID: ${job}\n\n`);
    socket.write(jsonEvent({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': job, _body: output }));
  }

  #output(name: string, argument: string): string {
    switch (name) {
      case 'global_getvar':
        return this.coreUuid;
      case 'strmicroepoch':
        return String(Date.now() * 1000);
      case 'sofia':
        return '<gateways>\n</gateways>\n';
      case 'show':
        return JSON.stringify({
          rows: [...this.legs.keys()].map((uuid) => ({ uuid, direction: 'outbound' })),
        });
      case 'uuid_dump':
        return this.#dump(argument);
      default:
        return '-ERR no reply';
    }
  }

  #dump(legUuid: string): string {
    const answerUs = this.legs.get(legUuid);
    if (answerUs === undefined) return '-ERR No such channel!';
    return JSON.stringify({
      'Event-Name': 'CHANNEL_DATA',
      'Core-UUID': this.coreUuid,
      'Unique-ID': legUuid,
      'Call-Direction': 'outbound',
      'Caller-Channel-Answered-Time': String(answerUs),
      'Caller-Destination-Number': '447700900123',
      variable_sip_gateway_name: 'gw-a',
    });
  }
}
