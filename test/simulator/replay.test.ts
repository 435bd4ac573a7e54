import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { EngineHttp } from '../../scripts/simulator/engine-http.js';
import { EventSocketServer } from '../../scripts/simulator/event-socket-server.js';
import { readScenario, readScenarios, type Scenario } from '../../scripts/simulator/recording.js';
import { callersOf, planReplay } from '../../scripts/simulator/replay-plan.js';
import { createRewrite } from '../../scripts/simulator/replay-rewrite.js';
import { enginePath, ReplayChannels, replayScenario } from '../../scripts/simulator/replay.js';
import { listenTo, until } from '../server/esl/harness.js';
import { RECORDED } from '../server/esl/recorded.js';
import { FakeEngine } from './fake-engine.js';

const LEG = '2ecdc890-3da9-4227-a32e-d820398ef69f';
const CALLER = 'f8717fd1-6caa-41e4-8016-868ec9130243';

function scenario(name: string): Scenario {
  return readScenario(join(RECORDED, name));
}

describe('the plan of a replay', () => {
  function words(name: string): readonly string[] {
    return planReplay(scenario(name)).map((step) =>
      step.kind === 'event'
        ? `${step.event.name} ${String(step.event.headers['Call-Direction'] ?? '')}`
        : step.request.url.replace(/[0-9a-f-]{36}/, ''),
    );
  }

  it('plays every request and every event exactly once, each in its recorded order', () => {
    for (const recorded of readScenarios(RECORDED)) {
      const steps = planReplay(recorded);
      const events = steps.flatMap((step) => (step.kind === 'event' ? [step.event] : []));
      const requests = steps.flatMap((step) => (step.kind === 'request' ? [step.request] : []));
      expect(events, recorded.name).to.deep.equal(recorded.events);
      expect(requests.map(({ t }) => t)).to.deep.equal(
        [...recorded.requests].map(({ t }) => t).sort((left, right) => left - right),
      );
      expect(steps).to.have.length(recorded.events.length + recorded.requests.length);
    }
  });

  it('puts a dialled leg after the fetch that dialled it, whatever the 20 ms clock says', () => {
    const order = words('04-outbound-failover-503-then-answered');
    expect(order.slice(0, 4)).to.deep.equal([
      'CHANNEL_CREATE inbound',
      '/fs',
      '/fs',
      'CHANNEL_CREATE outbound',
    ]);
  });

  it('puts the last event of a leg after its record', () => {
    for (const recorded of readScenarios(RECORDED)) {
      const steps = planReplay(recorded);
      const posted = new Set<string>();
      for (const step of steps) {
        if (step.kind === 'request') posted.add(step.request.url.slice(-36));
        else if (step.event.name === 'CHANNEL_HANGUP_COMPLETE') {
          const uuid = String(step.event.headers['Unique-ID']);
          expect(posted.has(uuid), `${recorded.name} ${uuid}`).to.equal(true);
        }
      }
    }
  });

  it('knows the legs for which a dialplan was asked', () => {
    expect(callersOf(scenario('05-outbound-answered'))).to.deep.equal([CALLER]);
    expect(callersOf(scenario('01-register'))).to.deep.equal([]);
  });

  it('knows where this engine has what the recording asked for', () => {
    expect(enginePath('/fs')).to.equal('/freeswitch/xml');
    expect(enginePath(`/cdr?uuid=a_${LEG}`)).to.equal(`/freeswitch/cdr?uuid=a_${LEG}`);
  });
});

describe('rewriting a recording', () => {
  const options = { seed: 's', shiftS: 3600, fromMs: 1_795_327_082_000, toMs: 1_795_327_090_000 };

  it('gives every uuid one fresh uuid of the same form', () => {
    const rewrite = createRewrite(options);
    const [first, again] = [rewrite(`a=${LEG}&b=${LEG}`), rewrite(`a=${LEG}&b=${LEG}`)];
    expect(first).to.equal(again).and.not.to.include(LEG);
    expect(first).to.match(/^a=([0-9a-f-]{36})&b=\1$/);
    expect(createRewrite({ ...options, seed: 't' })(LEG)).not.to.equal(rewrite(LEG));
    expect(rewrite(CALLER)).not.to.equal(rewrite(LEG));
  });

  const times: readonly (readonly [string, string])[] = [
    ['1795327082570515', '1795330682570515'],
    ['1795327082', '1795330682'],
    ['%221795327082570515%22', '%221795330682570515%22'],
    ['"1001" 33142278186 447700900123', '"1001" 33142278186 447700900123'],
    ['2198802690', '2198802690'],
    ['17953270825705150', '17953270825705150'],
    ['2026-11-22 05:58:02', '2026-11-22 06:58:02'],
    ['2026-11-22%2005%3A58%3A02', '2026-11-22%2006%3A58%3A02'],
    ['2026-11-22%252005%253A58%253A02', '2026-11-22%252006%253A58%253A02'],
    ['Sun, 22 Nov 2026 23:58:02 GMT', 'Mon, 23 Nov 2026 00:58:02 GMT'],
    ['Sun,%2022%20Nov%202026%2005%3A58%3A02%20GMT', 'Sun,%2022%20Nov%202026%2006%3A58%3A02%20GMT'],
  ];
  for (const [from, to] of times) {
    it(`turns ${from} into ${to}`, () => {
      expect(createRewrite(options)(from)).to.equal(to);
    });
  }

  it('keeps the length of everything recorded', () => {
    const rewrite = createRewrite({
      ...options,
      fromMs: 1_795_327_000_000,
      toMs: 1_795_327_200_000,
    });
    for (const recorded of readScenarios(RECORDED)) {
      for (const { body } of recorded.requests) expect(rewrite(body)).to.have.length(body.length);
      for (const { json } of recorded.events) expect(rewrite(json)).to.have.length(json.length);
    }
  });
});

describe('replaying a scenario against an engine', () => {
  const engine = new FakeEngine();
  let server: EventSocketServer;
  let channels: ReplayChannels;
  let http: EngineHttp;
  let port: number;

  beforeEach(async () => {
    await engine.start();
    engine.requests.length = 0;
    http = engine.client();
    channels = new ReplayChannels();
    server = new EventSocketServer({
      password: 'ClueCon',
      coreUuid: () => channels.coreUuid,
      api: (command, argument) => channels.api(command, argument),
    });
    port = await server.listen(0);
  });

  afterEach(async () => {
    http.close();
    await server.close();
    await engine.stop();
  });

  it('sends the requests to our paths and the events to our listener, fresh and ending now', async () => {
    const listening = listenTo(port);
    expect(await server.waitForSubscriber(2_000)).to.equal(true);
    const lines: string[] = [];
    const result = await replayScenario(scenario('05-outbound-answered'), {
      engine: http,
      server,
      channels,
      speed: 'max',
      asRecorded: false,
      seed: 'test',
      onStep: (line) => void lines.push(line),
    });
    await until('both ends', () => listening.events.filter((e) => e.kind === 'ended').length === 2);
    listening.client.stop();
    expect(result).to.include({ requests: 4, events: 18 }).and.to.have.property('failures').that.is
      .empty;
    expect(lines).to.have.length(22);
    expect(engine.requests.map(({ path }) => path.split('?')[0])).to.deep.equal([
      '/freeswitch/xml',
      '/freeswitch/xml',
      '/freeswitch/cdr',
      '/freeswitch/cdr',
    ]);
    const [ended] = listening.events.filter((event) => event.kind === 'ended');
    expect(ended).to.include({
      billUs: 5_339_758,
      gatewayName: 'carrierB',
      destination: '33142278186',
    });
    expect(ended?.legUuid).not.to.equal(LEG);
    expect(ended?.originatingLegUuid).to.equal(result.callers[0]);
    expect((ended?.endUs ?? 0) / 1000).to.be.within(Date.now() - 5_000, Date.now() + 1);
    const dialplan = engine.lookups('dialplan')[0]?.form;
    expect(dialplan?.get('Unique-ID')).to.equal(result.callers[0]);
    expect(JSON.parse(channels.api('show', 'channels as json'))).to.deep.equal({ row_count: 0 });
  });

  it('keeps everything as it was recorded when told to', async () => {
    const recorded = scenario('05-outbound-answered');
    const result = await replayScenario(recorded, {
      engine: http,
      server,
      channels,
      speed: 'max',
      asRecorded: true,
      seed: 'test',
      onStep: () => undefined,
    });
    expect(result.callers).to.deep.equal([CALLER]);
    expect(engine.requests.map(({ body }) => body)).to.deep.equal(
      recorded.requests.map(({ body }) => body),
    );
  });

  it('keeps the recorded pace, or a multiple of it', async () => {
    const startedAt = performance.now();
    await replayScenario(scenario('06-outbound-cut-by-sched-hangup'), {
      engine: http,
      server,
      channels,
      speed: 10,
      asRecorded: false,
      seed: 'test',
      onStep: () => undefined,
    });
    // The recording lasts 3.97 s.
    expect(performance.now() - startedAt).to.be.within(380, 1_500);
  });

  it('shows the channels of a call that is going on', () => {
    const { events } = scenario('05-outbound-answered');
    for (const { headers, json } of events.slice(0, 12)) channels.remember(headers, json);
    const shown = JSON.parse(channels.api('show', 'channels as json')) as { row_count: number };
    expect(shown.row_count).to.equal(2);
    expect(channels.api('uuid_dump', `${LEG} json`)).to.include(`"Unique-ID":"${LEG}"`);
    expect(channels.api('uuid_kill', LEG)).to.equal('+OK\n');
  });

  function command(...flags: readonly string[]): Promise<{ code: number | null; text: string }> {
    const script = join(process.cwd(), 'dist/scripts/replay.js');
    const child = spawn(process.execPath, [script, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (part: Buffer) => void (text += part.toString()));
    child.stderr.on('data', (part: Buffer) => void (text += part.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
  }

  it('ends well when the engine took everything, and tells the calls the engine knows', async () => {
    engine.apiReply = () => ({
      items: [
        { id: 'c1', state: 'settled', reason: null, price: '0.0123', currency: 'EUR', legs: [{}] },
      ],
    });
    const folder = join(RECORDED, '05-outbound-answered');
    const flags = ['--engine', engine.url, '--esl-port', '0', '--wait', '0', '--api-key', 'k'];
    const { code, text } = await command(folder, ...flags);
    expect(text).to.include('request  dialplan').and.include('0.0123').and.include('settled');
    expect(text).to.include('1 scenarios, 4 requests, 18 events, 0 failures');
    expect(code).to.equal(0);
  });

  it('ends with 1 when nobody answers or a request is refused', async () => {
    const folder = join(RECORDED, '07-outbound-rejected-403');
    const nobody = await command(
      folder,
      '--engine',
      'http://127.0.0.1:9',
      '--esl-port',
      '0',
      '--wait',
      '0',
    );
    expect(nobody.code).to.equal(1);
    expect(nobody.text).to.include('no answer');
    engine.cdrStatus = () => 401;
    const refused = await command(
      folder,
      '--engine',
      engine.url,
      '--esl-port',
      '0',
      '--wait',
      '0',
      '--json',
    );
    engine.cdrStatus = () => 200;
    expect(refused.code).to.equal(1);
    expect(JSON.parse(refused.text)).to.include({ scenarios: 1, requests: 3, failures: 1 });
  });
});
