import {
  EngineHttp,
  type EngineLink,
  type HttpPost,
  type HttpReply,
} from '../simulator/engine-http.js';
import { EventSocketServer } from '../simulator/event-socket-server.js';
import { runApiCommand } from '../simulator/switch-api.js';
import { type EventSink, SimulatedSwitch } from '../simulator/switch.js';
import type { EngineAccess } from '../simulator/local-defaults.js';
import { CdrCourier } from './cdr-courier.js';
import type { Dice } from './random.js';
import type { Trouble } from './trouble.js';
import type { Truth } from './truth.js';

/** How the switch proves who it is, and where the engine listens for its events. */
export type HostAccess = Pick<EngineAccess, 'user' | 'password' | 'eslPort' | 'eslPassword'>;

export interface SwitchHostOptions {
  readonly name: string;
  readonly access: HostAccess;
  readonly nodeUrls: readonly string[];
  readonly truth: Truth;
  readonly trouble: Trouble;
  readonly dice: Dice;
}

/** mod_xml_curl's `timeout`: a node that says nothing for so long is given up for the other. */
const LOOKUP_TIMEOUT_MS = 3_000;
/** What a node was told is surely stored after so long, when nothing broke meanwhile. */
const STORED_AFTER_MS = 3_000;
const SIGNS_OF_LIFE = ['CHANNEL_ANSWER', 'SESSION_HEARTBEAT'];

/** A machine with a simulated FreeSWITCH that asks both nodes, and that dies and comes back. */
export class SwitchHost implements EngineLink, EventSink {
  readonly courier: CdrCourier;
  /** Share of event deliveries that are lost now. */
  eventLoss = 0;
  #sim: SimulatedSwitch | null = null;
  #runs: SimulatedSwitch[] = [];
  readonly #server: EventSocketServer;
  readonly #nodes: readonly EngineHttp[];
  #listens = false;
  eventsLost = 0;

  constructor(private readonly options: SwitchHostOptions) {
    const { nodeUrls, access, dice, truth } = options;
    this.#nodes = nodeUrls.map(
      (url) => new EngineHttp({ ...access, url, timeoutMs: LOOKUP_TIMEOUT_MS }),
    );
    this.courier = new CdrCourier(this.#nodes, dice, truth);
    this.#server = new EventSocketServer({
      password: access.eslPassword,
      coreUuid: () => this.#sim?.coreUuid ?? '',
      api: (command, argument) =>
        this.#sim === null ? '-ERR no reply\n' : runApiCommand(this.#sim, command, argument),
      onHeartbeat: () => this.#sim?.publishAlive(),
      heartbeatMs: 5_000,
    });
  }

  get name(): string {
    return this.options.name;
  }

  /** Null while the switch is down. */
  get sim(): SimulatedSwitch | null {
    return this.#sim;
  }

  get listeners(): number {
    return this.#server.subscribedClients;
  }

  async boot(): Promise<void> {
    const sim: SimulatedSwitch = new SimulatedSwitch({
      engine: this,
      sink: this,
      cdrRetryMs: 500,
      onRecordLost: (record) => this.courier.file(record),
      onLeg: (leg) => {
        this.options.truth.add(leg, { switchName: this.name, coreUuid: sim.coreUuid });
      },
    });
    this.#sim = sim;
    this.#runs.push(sim);
    await this.mendSocket();
  }

  /** Everything is gone at once; the next run has another Core-UUID. */
  async crash(): Promise<void> {
    const sim = this.#sim;
    this.#sim = null;
    await this.cutSocket();
    if (sim === null) return;
    sim.crash();
    for (const truth of this.options.truth.legs) {
      if (truth.coreUuid !== sim.coreUuid || truth.recordTakenMs !== null) continue;
      truth.diedUntold = !this.courier.isFiled(truth.leg.uuid);
    }
  }

  async cutSocket(): Promise<void> {
    if (!this.#listens) return;
    this.#listens = false;
    await this.#server.close();
  }

  async mendSocket(): Promise<void> {
    if (this.#listens) return;
    this.#listens = true;
    await this.#server.listen(this.options.access.eslPort);
  }

  /** One of the listeners loses its connection and has to come again. */
  dropListener(which: number): void {
    this.#server.dropClients(which);
  }

  /** Waits until every record of every run of this switch has been delivered or filed. */
  async settled(): Promise<void> {
    for (const sim of this.#runs) await sim.settled();
  }

  async close(): Promise<void> {
    await this.cutSocket();
    for (const node of this.#nodes) node.close();
  }

  /** Two bindings, as in `xml_curl.conf`: the second is asked when the first does not answer 200. */
  async lookup(body: string): Promise<HttpReply> {
    const nodes = this.options.dice.chance(0.5) ? this.#nodes : [...this.#nodes].reverse();
    let reply: HttpReply = { status: 0, text: 'no node', elapsedMs: 0 };
    for (const node of nodes) {
      reply = await node.lookup(body);
      if (reply.status === 200) return reply;
    }
    return reply;
  }

  send(post: HttpPost): Promise<HttpReply> {
    return this.courier.send(post);
  }

  wants(name: string, subclass?: string): boolean {
    // Built even when nobody listens: a leg's story tells which events were lost.
    return this.#server.wants(name, subclass ?? null) || SIGNS_OF_LIFE.includes(name);
  }

  publish(name: string, subclass: string | null, json: string): void {
    const { dice, truth, trouble } = this.options;
    const legUuid = /"Unique-ID":"([0-9a-f-]{36})"/.exec(json)?.[1] ?? '';
    let reached = 0;
    const count = this.#server.subscribedClients;
    this.#server.publish(name, subclass, json, () => {
      const isLost = this.eventLoss > 0 && dice.chance(this.eventLoss);
      if (isLost) this.eventsLost += 1;
      else reached += 1;
      return !isLost;
    });
    if (name === 'HEARTBEAT') return;
    truth.note(legUuid, `${name} to ${String(reached)} of ${String(count)} listeners`);
    if (reached === 0 || count === 0) return;
    const leg = truth.get(legUuid);
    if (leg === undefined) return;
    if (name === 'CHANNEL_HANGUP_COMPLETE') leg.endHeardMs ??= Date.now();
    if (!SIGNS_OF_LIFE.includes(name)) return;
    const saidMs = Date.now();
    const saidUs = this.#sim?.clock.nowUs() ?? 0;
    setTimeout(() => {
      if (trouble.isQuietSince(saidMs - 500)) leg.heardUs = Math.max(leg.heardUs, saidUs);
    }, STORED_AFTER_MS).unref();
  }
}
