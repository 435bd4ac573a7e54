import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineHttp, HttpPost, HttpReply } from '../simulator/engine-http.js';
import type { Dice } from './random.js';
import type { Truth } from './truth.js';

/** What may happen to a record on its way, as shares of all records. */
export interface CdrRisks {
  readonly delayed: number;
  /** Taken by the engine, but the answer never comes: the switch posts it again. */
  readonly unanswered: number;
  /** No engine can be reached: it goes to the error directory. */
  readonly refused: number;
  /** Sent once more, some time after it was taken. */
  readonly repeated: number;
}

export const USUAL_RISKS: CdrRisks = {
  delayed: 0.03,
  unanswered: 0.02,
  refused: 0.02,
  repeated: 0.03,
};

export const HIGH_RISKS: CdrRisks = {
  delayed: 0.4,
  unanswered: 0.15,
  refused: 0.2,
  repeated: 0.25,
};

const LONGEST_DELAY_MS = 4_000;
const LONGEST_REPEAT_MS = 15_000;
/** A person or a timer imports the error directory some time after the switch gave up. */
const LONGEST_FILED_MS = 6_000;

interface Filed {
  readonly post: HttpPost;
  readonly notBeforeMs: number;
}

export interface CourierCounts {
  delayed: number;
  unanswered: number;
  refused: number;
  repeated: number;
  filed: number;
}

/** Carries the records of one switch to any of the engine's nodes, as badly as it is told to. */
export class CdrCourier {
  risks: CdrRisks = USUAL_RISKS;
  readonly counts: CourierCounts = { delayed: 0, unanswered: 0, refused: 0, repeated: 0, filed: 0 };
  readonly #filed = new Set<Filed>();
  readonly #repeats = new Set<Promise<void>>();
  readonly #work: Promise<void>;
  #isClosing = false;

  constructor(
    private readonly nodes: readonly EngineHttp[],
    private readonly dice: Dice,
    private readonly truth: Truth,
  ) {
    this.#work = this.#importFiled();
  }

  /** One post of the switch; it tries again itself, then files the record. */
  async send(post: HttpPost): Promise<HttpReply> {
    const { dice, risks, counts } = this;
    const legUuid = legOf(post);
    if (dice.chance(risks.refused)) {
      counts.refused += 1;
      this.truth.note(legUuid, 'record reaches no node');
      return unreachable();
    }
    if (dice.chance(risks.delayed)) {
      counts.delayed += 1;
      await sleep(dice.between(100, LONGEST_DELAY_MS));
    }
    const reply = await this.#sendToAny(post);
    if (!isTaken(reply)) return reply;
    if (dice.chance(risks.repeated)) this.#repeatLater(post);
    if (!dice.chance(risks.unanswered)) return reply;
    counts.unanswered += 1;
    this.truth.note(legUuid, 'the answer to the record is lost');
    return unreachable();
  }

  /** The switch's error directory. */
  file(post: HttpPost): void {
    this.counts.filed += 1;
    this.truth.note(legOf(post), 'record goes to the error directory');
    this.#filed.add({ post, notBeforeMs: Date.now() + this.dice.between(0, LONGEST_FILED_MS) });
  }

  isFiled(legUuid: string): boolean {
    return [...this.#filed].some(({ post }) => legOf(post) === legUuid);
  }

  /** Waits until every record that can be delivered is. The nodes have to be up. */
  async finish(): Promise<void> {
    this.#isClosing = true;
    await this.#work;
    await Promise.all(this.#repeats);
  }

  #repeatLater(post: HttpPost): void {
    this.counts.repeated += 1;
    const delayMs = this.dice.between(300, LONGEST_REPEAT_MS);
    const repeat = this.#afterwards(delayMs)
      .then(() => this.#sendToAny(post))
      .then(() => undefined)
      .finally(() => this.#repeats.delete(repeat));
    this.#repeats.add(repeat);
  }

  /** Sleeps, but not on when the run is about to end. */
  async #afterwards(delayMs: number): Promise<void> {
    const untilMs = Date.now() + delayMs;
    while (Date.now() < untilMs && !this.#isClosing) await sleep(100);
  }

  async #sendToAny(post: HttpPost): Promise<HttpReply> {
    const nodes = this.dice.chance(0.5) ? this.nodes : [...this.nodes].reverse();
    let reply = unreachable();
    for (const node of nodes) {
      reply = await node.send(post);
      if (!isTaken(reply)) continue;
      this.#noteTaken(post);
      return reply;
    }
    return reply;
  }

  #noteTaken(post: HttpPost): void {
    const legUuid = legOf(post);
    const truth = this.truth.get(legUuid);
    if (truth === undefined) return;
    truth.recordTakenMs ??= Date.now();
    this.truth.note(legUuid, 'record taken');
  }

  async #importFiled(): Promise<void> {
    for (;;) {
      for (const filed of this.#inAnyOrder()) {
        if (filed.notBeforeMs > Date.now() && !this.#isClosing) continue;
        if (isTaken(await this.#sendToAny(filed.post))) this.#filed.delete(filed);
      }
      if (this.#isClosing && this.#filed.size === 0) return;
      await sleep(200);
    }
  }

  #inAnyOrder(): readonly Filed[] {
    return [...this.#filed]
      .map((filed) => ({ filed, rank: this.dice.share() }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ filed }) => filed);
  }
}

/** `/freeswitch/cdr?uuid=a_<uuid>`, without the mark of the caller's leg. */
function legOf(post: HttpPost): string {
  return post.path.slice(-36);
}

function isTaken(reply: HttpReply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

function unreachable(): HttpReply {
  return { status: 0, text: 'unreachable', elapsedMs: 0 };
}
