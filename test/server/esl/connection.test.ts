import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { CallEvent } from '../../../server/calls/reports.js';
import { EslError } from '../../../server/esl/esl-error.js';
import {
  apiResponse,
  commandsOf,
  jsonEvent,
  type Listening,
  listenTo,
  logInOnly,
  QUICK,
  RawServer,
  until,
} from './harness.js';

const CORE = '35a9d1ac-1cfa-49e3-8ec4-d65d2f05b6b8';
const LEG = '2ecdc890-3da9-4227-a32e-d820398ef69f';

function alive(atUs: number): string {
  return jsonEvent({
    'Event-Name': 'HEARTBEAT',
    'Core-UUID': CORE,
    'Event-Date-Timestamp': String(atUs),
  });
}

function answered(legUuid: string, answerUs: number): string {
  return jsonEvent({
    'Event-Name': 'CHANNEL_ANSWER',
    'Core-UUID': CORE,
    'Unique-ID': legUuid,
    'Call-Direction': 'outbound',
    'Caller-Channel-Answered-Time': String(answerUs),
  });
}

async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof EslError ? error.code : `another error: ${String(error)}`;
  }
}

describe('the event socket client against a switch that misbehaves', () => {
  let server: RawServer;
  let port: number;
  let listening: Listening | null;
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);

  beforeEach(async () => {
    server = new RawServer();
    port = await server.start();
    listening = null;
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });

  afterEach(async () => {
    listening?.client.stop();
    await server.stop();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).to.deep.equal([]);
  });

  it('logs in, subscribes once and only then says that it is connected', async () => {
    listening = listenTo(port);
    await commandsOf(listening);
    expect(server.commands).to.deep.equal([
      'auth ClueCon',
      'event json CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE CHANNEL_PARK SESSION_HEARTBEAT HEARTBEAT ' +
        'BACKGROUND_JOB CUSTOM sofia::gateway_state',
    ]);
  });

  it('logs in as a directory user when one is given', async () => {
    listening = listenTo(port, { user: 'engine@acme.example' });
    await commandsOf(listening);
    expect(server.commands[0]).to.equal('userauth engine@acme.example:ClueCon');
  });

  it('holds events back until the snapshot is taken', async () => {
    const order: string[] = [];
    let takeSnapshot = (): void => undefined;
    listening = listenTo(port, {
      onEvent: () => void order.push('event'),
      onConnected: () =>
        new Promise((resolve) => {
          takeSnapshot = (): void => {
            order.push('snapshot');
            resolve();
          };
        }),
    });
    const { client } = listening;
    await until('connected', () => client.isConnected);
    server.sockets[0]?.write(alive(1));
    await until('queued', () => client.queueDepth === 1);
    expect(order).to.deep.equal([]);
    takeSnapshot();
    await until('handled', () => client.queueDepth === 0);
    expect(order).to.deep.equal(['snapshot', 'event']);
  });

  it('goes on with events when the snapshot fails or hangs', async () => {
    listening = listenTo(port, { onConnected: () => new Promise(() => undefined) });
    const { client, events, logged } = listening;
    await until('connected', () => client.isConnected);
    server.sockets[0]?.write(alive(1));
    await until('event', () => events.length === 1);
    expect(logged.join('\n')).to.include('snapshot took too long');
  });

  it('gives each command its own reply when replies and events are mixed', async () => {
    server.onCommand = (command, socket) => {
      logInOnly(command, socket);
      if (!command.startsWith('api uuid_kill')) return;
      const cause = command.split(' ').at(-1) ?? '';
      const reply = { FIRST: '+OK\n', SECOND: '-ERR No such channel!\n' }[cause];
      socket.write(answered(LEG, 1));
      // The third is refused by permission, which FreeSWITCH tells with the other kind of reply.
      socket.write(
        reply === undefined
          ? 'Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n'
          : apiResponse(reply),
      );
    };
    listening = listenTo(port);
    const commands = await commandsOf(listening);
    const results = await Promise.all([
      commands.killLeg(LEG, 'FIRST'),
      errorOf(commands.killLeg(LEG, 'THIRD')),
      commands.killLeg(LEG, 'SECOND'),
      commands.killLeg(LEG, 'FIRST'),
    ]);
    expect(results).to.deep.equal([true, 'refused', false, true]);
    const { events } = listening;
    await until('four events', () => events.length === 4);
  });

  it('does not take a late reply for the answer to the next command', async () => {
    const late: (() => void)[] = [];
    server.onCommand = (command, socket) => {
      logInOnly(command, socket);
      if (command.endsWith('SLOW')) late.push(() => socket.write(apiResponse('+OK\n')));
      if (command.endsWith('NEXT')) {
        for (const answer of late) answer();
        socket.write(apiResponse('-ERR No such channel!\n'));
      }
    };
    listening = listenTo(port);
    const commands = await commandsOf(listening);
    expect(await errorOf(commands.killLeg(LEG, 'SLOW'))).to.equal('timeout');
    expect(await commands.killLeg(LEG, 'NEXT')).to.equal(false);
  });

  it('refuses arguments that could be another command, before anything is sent', async () => {
    listening = listenTo(port);
    const commands = await commandsOf(listening);
    const before = server.commands.length;
    const codes = await Promise.all([
      errorOf(commands.killLeg(`${LEG}\n\napi system rm`, 'NORMAL_CLEARING')),
      errorOf(commands.killLeg(LEG, 'NORMAL_CLEARING\n\napi x')),
      errorOf(commands.killLeg(LEG, 'normal clearing')),
      errorOf(commands.limitLeg(LEG, { seconds: 0, heartbeatSeconds: 60 })),
      errorOf(commands.limitLeg(LEG, { seconds: 1.5, heartbeatSeconds: 60 })),
      errorOf(commands.profileRescan('internal;system')),
      errorOf(commands.uuidDump('all')),
    ]);
    expect(new Set(codes)).to.deep.equal(new Set(['invalid_argument']));
    expect(server.commands.length).to.equal(before);
  });

  it('sends the three commands of a new limit together and in order', async () => {
    server.onCommand = (command, socket) => {
      logInOnly(command, socket);
      if (command.startsWith('api ')) socket.write(apiResponse('+OK\n'));
    };
    listening = listenTo(port);
    const commands = await commandsOf(listening);
    expect(await commands.limitLeg(LEG, { seconds: 61, heartbeatSeconds: 60 })).to.equal(true);
    expect(server.commands.slice(2)).to.deep.equal([
      `api sched_del ${LEG}`,
      `api sched_hangup +61 ${LEG} ALLOTTED_TIMEOUT`,
      `api uuid_session_heartbeat ${LEG} 60`,
    ]);
  });

  it('replaces an earlier warning with the limit, and arms a new one only where it is asked for', async () => {
    server.onCommand = (command, socket) => {
      logInOnly(command, socket);
      if (command.startsWith('api ')) socket.write(apiResponse('+OK\n'));
    };
    listening = listenTo(port);
    const commands = await commandsOf(listening);
    const limit = { seconds: 61, heartbeatSeconds: 0, warnSeconds: 30 };
    expect(await commands.limitLeg(LEG, limit)).to.equal(true);
    const [deleted, limited, warned] = server.commands.slice(2);
    expect([deleted, limited]).to.deep.equal([
      `api sched_del ${LEG}`,
      `api sched_hangup +61 ${LEG} ALLOTTED_TIMEOUT`,
    ]);
    expect(warned).to.match(
      new RegExp(`^api sched_broadcast \\+30 ${LEG} tone_stream://\\S+ both$`),
    );
    expect(await errorOf(commands.limitLeg(LEG, { ...limit, warnSeconds: 0 }))).to.equal(
      'invalid_argument',
    );
  });

  it('rejects waiting commands when the connection is reset, and connects again', async () => {
    listening = listenTo(port);
    const commands = await commandsOf(listening);
    const waiting = [errorOf(commands.killLeg(LEG, 'LOST')), errorOf(commands.showChannels())];
    await until('sent', () => server.commands.some((command) => command.includes('LOST')));
    server.sockets[0]?.resetAndDestroy();
    expect(await Promise.all(waiting)).to.deep.equal(['disconnected', 'disconnected']);
    const { connected, disconnected, client } = listening;
    await until('connected again', () => connected.length === 2);
    expect(disconnected).to.have.length(1);
    expect(client.counters.connects).to.equal(2);
    expect(await errorOf(commands.killLeg(LEG, 'STALE'))).to.equal('disconnected');
  });

  it('keeps trying while nobody listens, and connects when somebody does', async () => {
    await server.stop();
    listening = listenTo(port);
    const { logged, connected } = listening;
    await until('several attempts', () => logged.filter((line) => /retry/.test(line)).length >= 3);
    expect(connected).to.have.length(0);
    expect(listening.disconnected).to.have.length(0);
  });

  it('drops a connection on which not even a heartbeat is heard', async () => {
    listening = listenTo(port, { timings: QUICK });
    const { disconnected } = listening;
    await until('dropped', () => disconnected.length > 0);
    expect(disconnected[0]).to.match(/nothing heard/);
  });

  it('stays connected while heartbeats come', async () => {
    listening = listenTo(port, { timings: QUICK });
    await commandsOf(listening);
    const timer = setInterval(() => server.sockets[0]?.write(alive(1)), 50);
    await new Promise((resolve) => setTimeout(resolve, 600));
    clearInterval(timer);
    expect(listening.disconnected).to.deep.equal([]);
  });

  it('gives up a login that is refused or never answered, and says why', async () => {
    server.onCommand = (_command, socket) => {
      socket.write('Content-Type: command/reply\nReply-Text: -ERR invalid\n\n');
    };
    listening = listenTo(port);
    const { logged } = listening;
    await until('refused', () => logged.some((line) => /login refused: -ERR invalid/.test(line)));
    server.onCommand = () => undefined;
    await until('timeout', () => logged.some((line) => /no reply to: auth"/.test(line)));
    expect(logged.join('\n')).not.to.include('ClueCon');
    expect(listening.connected).to.have.length(0);
  });

  it('tells a refusal by the access list', async () => {
    server.greeting =
      'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n';
    listening = listenTo(port);
    const { logged } = listening;
    await until('told', () => logged.some((line) => /access list/.test(line)));
  });

  it('reconnects after a goodbye of the switch', async () => {
    listening = listenTo(port);
    await commandsOf(listening);
    server.sockets[0]?.write('Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n');
    const { connected, disconnected } = listening;
    await until('connected again', () => connected.length === 2);
    expect(disconnected).to.deep.equal(['the switch said goodbye']);
  });

  it('loses one event, not the connection, to a body it cannot read', async () => {
    listening = listenTo(port);
    await commandsOf(listening);
    const broken = 'Content-Length: 9\nContent-Type: text/event-json\n\n{"a":"%zz';
    server.sockets[0]?.write(`${broken}${alive(7)}`);
    const { events, client } = listening;
    await until('next event', () => events.length === 1);
    expect(events).to.deep.equal([{ kind: 'alive', coreUuid: CORE, atUs: 7 }]);
    expect(client.counters).to.include({ unreadable: 1, events: 1, connects: 1 });
  });

  it('drops the connection when the stream itself is broken', async () => {
    listening = listenTo(port);
    await commandsOf(listening);
    server.sockets[0]?.write('Content-Length: many\n\n');
    const { disconnected } = listening;
    await until('dropped', () => disconnected.length === 1);
    expect(disconnected[0]).to.match(/malformed stream/);
  });

  it('goes on after a handler that throws or rejects, and counts it', async () => {
    let calls = 0;
    listening = listenTo(port, {
      onEvent: () => {
        calls += 1;
        if (calls === 1) throw new Error('thrown');
        return calls === 2 ? Promise.reject(new Error('rejected')) : undefined;
      },
    });
    await commandsOf(listening);
    server.sockets[0]?.write(alive(1) + alive(2) + alive(3));
    await until('all handled', () => calls === 3);
    expect(listening.client.counters).to.include({ failed: 2 });
    expect(listening.disconnected).to.deep.equal([]);
  });

  it('handles the events of one leg in order and of several legs side by side', async () => {
    const other = '356f54ef-80ee-4655-9c0e-e2713f941985';
    const started: string[] = [];
    const finish: (() => void)[] = [];
    listening = listenTo(port, {
      onEvent: (event: CallEvent) => {
        if (event.kind !== 'answered') return undefined;
        started.push(`${event.legUuid === LEG ? 'one' : 'two'} ${event.answerUs}`);
        return new Promise((resolve) => void finish.push(resolve));
      },
    });
    await commandsOf(listening);
    server.sockets[0]?.write(answered(LEG, 1) + answered(LEG, 2) + answered(other, 1));
    await until('both legs', () => started.length === 2);
    expect(started).to.deep.equal(['one 1', 'two 1']);
    finish[0]?.();
    await until('second event', () => started.length === 3);
    expect(started[2]).to.equal('one 2');
    for (const done of finish) done();
  });

  it('asks a fast switch to wait when work piles up, and loses nothing', async () => {
    const total = 3_000;
    let handled = 0;
    let deepest = 0;
    listening = listenTo(port, {
      queueCapacity: 50,
      concurrency: 1,
      onEvent: async () => {
        deepest = Math.max(deepest, listening?.client.queueDepth ?? 0);
        handled += 1;
        if (handled % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      },
    });
    await commandsOf(listening);
    for (let index = 0; index < total; index += 1) server.sockets[0]?.write(alive(index + 1));
    await until('all handled', () => handled === total);
    // One read of the socket is at most 64 KB, some 500 of these small events.
    expect(deepest).to.be.below(50 + 700);
  });

  it('stops for good when told to', async () => {
    listening = listenTo(port);
    await commandsOf(listening);
    listening.client.stop();
    const { disconnected, client } = listening;
    expect(disconnected).to.deep.equal(['stopped']);
    expect(client.isConnected).to.equal(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.sockets).to.have.length(1);
  });
});
