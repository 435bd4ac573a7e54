import { setTimeout as pause } from 'node:timers/promises';
import { type CallPlan, placeCall } from '../../../scripts/simulator/call.js';
import { EngineHttp } from '../../../scripts/simulator/engine-http.js';
import { EventSocketServer } from '../../../scripts/simulator/event-socket-server.js';
import { answered, type FarEnd, inTurn } from '../../../scripts/simulator/far-end.js';
import type { SimLeg } from '../../../scripts/simulator/leg.js';
import { seededRandom } from '../../../scripts/simulator/load-mix.js';
import { runApiCommand } from '../../../scripts/simulator/switch-api.js';
import { SimulatedSwitch } from '../../../scripts/simulator/switch.js';
import { SWITCH_PASSWORD } from '../../support/world.js';
import { ESL_PASSWORD, switchUser } from './tenant.js';

const CALLERS = ['1001@acme.example', '1002@acme.example', '1001@beta.example'] as const;
const BUSY: FarEnd = { kind: 'reject', status: 486, afterMs: 200 };
const BROKEN: FarEnd = { kind: 'reject', status: 503, afterMs: 50 };

/** A simulated FreeSWITCH that asks one engine, and tells every engine that listens. */
export class TestSwitch {
  /** Every leg there was: what the books are compared with. */
  readonly legs: SimLeg[] = [];
  readonly #sim: SimulatedSwitch;
  readonly #socket: EventSocketServer;
  readonly #engine: EngineHttp;
  readonly #random: () => number;
  readonly #calls: Promise<unknown>[] = [];
  #isPlacing = true;

  constructor(index: number, engineUrl: string) {
    this.#engine = new EngineHttp({
      url: engineUrl,
      user: switchUser(index),
      password: SWITCH_PASSWORD,
      timeoutMs: 3000,
    });
    this.#socket = new EventSocketServer({
      password: ESL_PASSWORD,
      coreUuid: () => this.#sim.coreUuid,
      api: (command, argument) => runApiCommand(this.#sim, command, argument),
      onHeartbeat: () => this.#sim.publishAlive(),
    });
    this.#sim = new SimulatedSwitch({
      engine: this.#engine,
      sink: this.#socket,
      // The record is in the switch's error directory meanwhile, and somebody posts it again.
      cdrRetries: 120,
      onLeg: (leg) => this.legs.push(leg),
    });
    this.#random = seededRandom(index + 1);
  }

  async listen(port: number): Promise<void> {
    await this.#socket.listen(port);
  }

  get listeners(): number {
    return this.#socket.subscribedClients;
  }

  get recordsLost(): number {
    return this.#sim.counters.recordsLost;
  }

  /** Places calls at an even pace until it is told to stop. */
  async place(callsPerSecond: number): Promise<void> {
    while (this.#isPlacing) {
      this.#calls.push(placeCall(this.#sim, this.#nextCall()));
      await pause(1000 / callsPerSecond);
    }
  }

  /** Places no more, and resolves when the last leg was reported. */
  async finish(): Promise<void> {
    this.#isPlacing = false;
    await Promise.all(this.#calls);
    await this.#sim.settled();
  }

  async close(): Promise<void> {
    this.#isPlacing = false;
    this.#engine.close();
    await this.#socket.close();
  }

  #nextCall(): CallPlan {
    const [user = '', domain = ''] = this.#pick(CALLERS).split('@');
    const talk = answered(1000 + Math.floor(this.#random() * 4000), 100);
    const kind = this.#random();
    const internal = kind > 0.9 && domain === 'acme.example';
    const farEnd = kind < 0.1 ? inTurn(BUSY) : kind < 0.25 ? inTurn(BROKEN, talk) : inTurn(talk);
    const number = `4477009${String(Math.floor(this.#random() * 90_000) + 10_000)}`;
    return { from: { kind: 'phone', user, domain }, to: internal ? '1002' : number, farEnd };
  }

  #pick<T>(items: readonly [T, ...T[]]): T {
    return items[Math.floor(this.#random() * items.length)] ?? items[0];
  }
}
