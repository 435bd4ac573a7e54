import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EslError } from '../../server/esl/esl-error.js';
import { placeCall } from '../../scripts/simulator/call.js';
import type { EngineHttp } from '../../scripts/simulator/engine-http.js';
import { EventSocketServer } from '../../scripts/simulator/event-socket-server.js';
import { answered, inTurn } from '../../scripts/simulator/far-end.js';
import { runApiCommand } from '../../scripts/simulator/switch-api.js';
import { SimulatedSwitch } from '../../scripts/simulator/switch.js';
import { commandsOf, type Listening, listenTo, until } from '../server/esl/harness.js';
import { dialplanReply, FakeEngine } from './fake-engine.js';

const ACTIONS = [
  ['set', 'hangup_after_bridge=true'],
  ['bridge', '[rl_route=0]sofia/gateway/carrierA/447700900123'],
] as const;

describe('our event socket client on the simulated event socket', () => {
  const engine = new FakeEngine();
  let server: EventSocketServer;
  let sim: SimulatedSwitch;
  let http: EngineHttp;
  let port: number;
  let clients: Listening[];

  beforeEach(async () => {
    await engine.start();
    engine.dialplan = () => dialplanReply('t42', ACTIONS);
    server = new EventSocketServer({
      password: 'ClueCon',
      coreUuid: () => sim.coreUuid,
      api: (command, argument) => runApiCommand(sim, command, argument),
      users: new Map([
        ['engine@acme.example', { password: 'pw', allowedApi: ['show', 'uuid_dump', 'version'] }],
      ]),
      onHeartbeat: () => sim.publishAlive(),
      heartbeatMs: 50,
    });
    http = engine.client();
    sim = new SimulatedSwitch({ engine: http, sink: server });
    port = await server.listen(0);
    clients = [];
  });

  afterEach(async () => {
    for (const { client } of clients) client.stop();
    for (const leg of sim.legs()) {
      sim.hangup(leg, { cause: 'NORMAL_CLEARING', disposition: 'send_bye' });
    }
    await sim.settled();
    http.close();
    await server.close();
    await engine.stop();
  });

  function connect(options: Parameters<typeof listenTo>[1] = {}): Listening {
    const listening = listenTo(port, options);
    clients.push(listening);
    return listening;
  }

  function call(talkMs: number): Promise<unknown> {
    return placeCall(sim, {
      from: { kind: 'phone', user: '1001', domain: 'acme.example' },
      to: '447700900123',
      farEnd: inTurn(answered(talkMs, 30)),
    });
  }

  it('answers questions about the switch', async () => {
    const commands = await commandsOf(connect());
    expect(await commands.coreUuid()).to.equal(sim.coreUuid);
    expect(await commands.version()).to.match(/^FreeSWITCH Version 1\.11\.2/);
    expect(await commands.showChannels()).to.deep.equal([]);
    await commands.profileRescan('external');
    await commands.reloadXml();
    await commands.reloadAcl();
  });

  it('refuses a wrong password', async () => {
    const { logged, connected } = connect({ password: 'wrong' });
    await until('refused', () => logged.some((line) => /login refused/.test(line)));
    expect(connected).to.have.length(0);
  });

  it('lets a directory user in and holds it to its commands', async () => {
    const commands = await commandsOf(connect({ user: 'engine@acme.example', password: 'pw' }));
    expect(await commands.showChannels()).to.deep.equal([]);
    const refused = await commands.reloadXml().catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(EslError).and.to.include({ code: 'refused' });
    const alsoRefused = await commands.coreUuid().catch((error: unknown) => error);
    expect(alsoRefused).to.be.instanceOf(EslError).and.to.include({ code: 'refused' });
    expect(await commands.version()).to.match(/^FreeSWITCH/);
  });

  it('tells every client of a call, from answer to end', async () => {
    const both = [connect(), connect()];
    await Promise.all(both.map(commandsOf));
    await call(100);
    await sim.settled();
    for (const { events } of both) {
      const legs = (): readonly string[] =>
        events.filter(({ kind }) => kind !== 'alive').map(({ kind }) => kind);
      await until('four reports', () => legs().length === 4);
      expect(legs()).to.deep.equal(['answered', 'answered', 'ended', 'ended']);
      expect(events.some(({ kind }) => kind === 'alive')).to.equal(true);
    }
  });

  it('can keep an event from one of its clients', async () => {
    const first = connect();
    await commandsOf(first);
    const second = connect();
    await commandsOf(second);
    const { publish } = server;
    server.publish = (name, subclass, json) =>
      publish.call(server, name, subclass, json, (client) => client !== 0);
    await call(50);
    await sim.settled();
    const legs = ({ events }: Listening) => events.filter(({ kind }) => kind !== 'alive');
    await until('four reports', () => legs(second).length === 4);
    expect(legs(first)).to.have.length(0);
  });

  it('shows, dumps, limits and kills a running leg', async () => {
    const listening = connect();
    const commands = await commandsOf(listening);
    const running = call(60_000);
    await until(
      'answered',
      () => listening.events.filter((e) => e.kind === 'answered').length === 2,
    );
    const channels = await commands.showChannels();
    expect(channels.map((row) => [row.direction, row.callState])).to.deep.equal([
      ['inbound', 'ACTIVE'],
      ['outbound', 'ACTIVE'],
    ]);
    const legUuid = channels[1]?.legUuid ?? '';
    const snapshot = await commands.uuidDump(legUuid);
    expect(snapshot?.identity).to.include({ legUuid, routeIndex: 0, gatewayName: 'carrierA' });
    expect(snapshot?.answerUs).to.equal(sim.leg(legUuid)?.times.answerUs);
    expect(await commands.limitLeg(legUuid, { seconds: 30, heartbeatSeconds: 60 })).to.equal(true);
    expect(sim.leg(legUuid)?.tasks.size).to.equal(1);
    expect(await commands.killLeg(legUuid, 'ALLOTTED_TIMEOUT')).to.equal(true);
    await running;
    const ended = (): number => listening.events.filter((e) => e.kind === 'ended').length;
    await until('ended', () => ended() === 2);
    expect(await commands.killLeg(legUuid, 'ALLOTTED_TIMEOUT')).to.equal(false);
    expect(await commands.limitLeg(legUuid, { seconds: 30, heartbeatSeconds: 60 })).to.equal(false);
    expect(await commands.uuidDump(legUuid)).to.equal(null);
  });

  it('is found again after it dropped everybody', async () => {
    const listening = connect();
    await commandsOf(listening);
    server.dropClients();
    await until('again', () => listening.connected.length === 2);
    await call(50);
    await sim.settled();
    await until('ended', () => listening.events.filter((e) => e.kind === 'ended').length === 2);
  });
});
