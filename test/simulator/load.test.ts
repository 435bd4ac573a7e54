import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { CallApi } from '../../scripts/simulator/call-api.js';
import { EngineHttp } from '../../scripts/simulator/engine-http.js';
import { readReply } from '../../scripts/simulator/http-pool.js';
import { loadMix } from '../../scripts/simulator/load-mix.js';
import { moneyOfCalls } from '../../scripts/simulator/load-money.js';
import { percentiles, runLoad, summarize } from '../../scripts/simulator/load.js';
import { engineAccess } from '../../scripts/simulator/local-defaults.js';
import { SimulatedSwitch } from '../../scripts/simulator/switch.js';
import { dialplanReply, FakeEngine } from './fake-engine.js';

const MIX = {
  seed: 7,
  user: '1001',
  domain: 'acme.example',
  numbers: ['447700900123', '33142278186'],
  colleague: '1002',
  talkMs: 20,
};

describe('a load of simulated calls', () => {
  const engine = new FakeEngine();

  before(() => engine.start());
  after(() => engine.stop());

  it('is the same for the same seed and holds every kind of call', () => {
    const first = loadMix(MIX);
    const second = loadMix(MIX);
    const other = loadMix({ ...MIX, seed: 8 });
    const take = (mix: typeof first): readonly string[] =>
      Array.from({ length: 300 }, () => {
        const { kind, plan } = mix.next().value;
        return `${kind} ${plan.to}`;
      });
    const calls = take(first);
    expect(take(second)).to.deep.equal(calls);
    expect(take(other)).not.to.deep.equal(calls);
    const kinds = new Set(calls.map((call) => call.split(' ')[0]));
    expect(kinds.size).to.equal(6);
    expect(
      calls.filter((call) => call.startsWith('internal')).every((call) => call.endsWith('1002')),
    ).to.equal(true);
  });

  it('places all calls, posts a record for every leg and sums up what became of them', async () => {
    engine.dialplan = () =>
      dialplanReply('t42', [
        ['set', 'hangup_after_bridge=true'],
        ['bridge', 'sofia/gateway/a/44|sofia/gateway/b/44'],
      ]);
    engine.requests.length = 0;
    const http = new EngineHttp({
      url: engine.url,
      user: 'u',
      password: 'p',
      keepConnections: true,
    });
    const sim = new SimulatedSwitch({
      engine: http,
      sink: { wants: () => false, publish: () => undefined },
    });
    const progress: number[] = [];
    const result = await runLoad(sim, loadMix(MIX), {
      calls: 60,
      callsPerSecond: 300,
      mostAtOnce: 1_000,
      onDone: (done) => void progress.push(done),
    });
    http.close();
    const summary = summarize(result.outcomes);
    const unanswered = Object.values(summary.failed).reduce((sum, count) => sum + count, 0);
    expect(summary.calls).to.equal(60);
    expect(summary.answered + unanswered).to.equal(60);
    expect(summary.refused).to.deep.equal({});
    expect(summary.answered).to.be.above(30);
    expect(progress.at(-1)).to.equal(60);
    expect(result.elapsedMs).to.be.above(59 * (1000 / 300));
    expect(engine.records()).to.have.length(60 + summary.attempts);
    expect(sim.counters).to.include({ records: 60 + summary.attempts, recordsLost: 0 });
    expect(sim.legs()).to.have.length(0);
  });

  it('counts refusals by who refused and why', async () => {
    engine.dialplan = () => dialplanReply('t42', [['respond', '403 Forbidden']]);
    const http = engine.client();
    const sim = new SimulatedSwitch({
      engine: http,
      sink: { wants: () => false, publish: () => undefined },
    });
    const options = { calls: 3, callsPerSecond: 1_000, mostAtOnce: 1, onDone: () => undefined };
    const refused = summarize((await runLoad(sim, loadMix(MIX), options)).outcomes);
    expect(refused.refused).to.deep.equal({ 'dialplan CALL_REJECTED': 3 });
    const stranger = loadMix({ ...MIX, user: '1999' });
    const unknown = summarize((await runLoad(sim, stranger, options)).outcomes);
    http.close();
    expect(unknown.refused).to.deep.equal({ 'directory CALL_REJECTED': 3 });
  });

  it('adds money exactly and by currency', async () => {
    engine.apiReply = () => ({
      items: [
        { state: 'settled', price: '0.1', cost: '0.01', currency: 'EUR' },
        { state: 'answered', price: null, cost: null, currency: 'EUR' },
      ],
    });
    const api = new CallApi({ engineUrl: engine.url }, 'k');
    const money = await moneyOfCalls(api, ['a', 'b', 'c']);
    api.close();
    expect(money).to.deep.equal({
      calls: 3,
      settled: 3,
      price: { EUR: '0.3' },
      cost: { EUR: '0.03' },
    });
  });

  it('takes percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentiles(values)).to.deep.equal({ p50: 50, p95: 95, p99: 99, max: 100 });
    expect(percentiles([])).to.deep.equal({ p50: 0, p95: 0, p99: 0, max: 0 });
  });

  it('takes a flag before the file of the installation, and that before its own idea', () => {
    const defaults = { engineUrl: 'http://file', eslPort: 9021 };
    expect(engineAccess({ engine: 'http://flag' }, defaults)).to.include({
      engineUrl: 'http://flag',
      eslPort: 9021,
      user: 'freeswitch',
      apiKey: null,
    });
    expect(() => engineAccess({ 'esl-port': 'x' }, {})).to.throw(/--esl-port/);
  });
});

describe('the bare HTTP client', () => {
  it('waits for a whole reply, by length or in chunks, and decodes it', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
    expect(readReply(`${head}`)).to.equal(null);
    // "é" is two bytes on the wire, one character each in latin1.
    expect(readReply(`${head}\u00c3\u00a9`)).to.deep.equal({
      status: 200,
      text: 'é',
      isLast: false,
    });
    const chunked = 'HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
    expect(readReply(`${chunked}3\r\nabc\r\n`)).to.equal(null);
    expect(readReply(`${chunked}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)).to.deep.equal({
      status: 404,
      text: 'abcde',
      isLast: true,
    });
  });

  it('uses its connections again, and a new one when the server closed the old', async () => {
    const engine = new FakeEngine();
    await engine.start();
    const http = new EngineHttp({
      url: engine.url,
      user: 'u',
      password: 'p',
      keepConnections: true,
    });
    const first = await Promise.all([
      http.lookup('section=directory&user=1001'),
      http.lookup('x=1'),
    ]);
    expect(first.map(({ status }) => status)).to.deep.equal([200, 200]);
    engine.dropConnections();
    const again = await http.lookup('section=directory&user=1002');
    expect(again.status).to.equal(200);
    expect(again.text).to.include('<user id="1002">');
    await engine.stop();
    const gone = await http.lookup('x=1');
    http.close();
    expect(gone.status).to.equal(0);
  });
});
