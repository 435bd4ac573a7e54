import type { SimLeg } from '../simulator/leg.js';
import {
  type ChaosPayer,
  type ChaosWorld,
  forwarderTo,
  payersOfCall,
  payersOfDid,
} from './world.js';

/** One leg as it really was, and what anybody was told of it. Times are the switch's, in microseconds. */
export interface LegTruth {
  readonly leg: SimLeg;
  readonly switchName: string;
  readonly coreUuid: string;
  /** The last sign of life that some node surely took. */
  heardUs: number;
  /** When an engine first confirmed the leg's record, by the machine's clock in ms; null for never. */
  recordTakenMs: number | null;
  /** When the event that says all reached somebody, by the machine's clock in ms. */
  endHeardMs: number | null;
  /** When the leg ended by the machine's clock in ms; null while it lives. */
  endedMs: number | null;
  /** Its switch was killed before the leg's end could be told. */
  diedUntold: boolean;
  readonly notes: Note[];
}

export interface Note {
  readonly atMs: number;
  readonly text: string;
}

const NOTHING: readonly Note[] = [];

/** What the switches did: the measure of everything the engine says afterwards. */
export class Truth {
  readonly #legs = new Map<string, LegTruth>();
  /** When no node could ask the database, by the machine's clock in ms. */
  readonly outages: { readonly fromMs: number; readonly toMs: number }[] = [];
  /** What was done to the parts, in order of time. */
  readonly injected: Note[] = [];

  add(leg: SimLeg, owner: { readonly switchName: string; readonly coreUuid: string }): void {
    const truth: LegTruth = {
      leg,
      ...owner,
      heardUs: 0,
      recordTakenMs: null,
      endHeardMs: null,
      endedMs: null,
      diedUntold: false,
      notes: [],
    };
    this.#legs.set(leg.uuid, truth);
    this.note(leg.uuid, `${leg.spec.direction} leg begins, to ${leg.destination}`);
    leg.onEnd(() => {
      truth.endedMs = Date.now();
      this.note(leg.uuid, `ends with ${leg.end?.cause ?? '?'}`);
    });
  }

  get(legUuid: string): LegTruth | undefined {
    return this.#legs.get(legUuid);
  }

  get legs(): readonly LegTruth[] {
    return [...this.#legs.values()];
  }

  note(legUuid: string, text: string): void {
    this.#legs.get(legUuid)?.notes.push({ atMs: Date.now(), text });
  }

  notesOf(legUuid: string): readonly Note[] {
    return this.#legs.get(legUuid)?.notes ?? NOTHING;
  }

  inject(text: string): void {
    this.injected.push({ atMs: Date.now(), text });
  }
}

/** Answered time of a leg to the microsecond; 0 when it never was. */
export function billUsOf({ leg }: LegTruth): number {
  return leg.isAnswered ? leg.times.endUs - leg.times.answerUs : 0;
}

/** Who pays for this leg, in the world's own words; nobody for one that is free. */
export function payersOf(world: ChaosWorld, { leg }: LegTruth): readonly ChaosPayer[] {
  if (leg.spec.kind === 'gateway') return payersOfCall(world, payingPhone(world, leg));
  if (leg.spec.kind !== 'carrier') return [];
  const did = world.dids.find(({ number }) => number === leg.spec.destination);
  return did === undefined ? [] : payersOfDid(world, did);
}

/** The phone by whose call a leg left through a gateway: it called, or it sends its calls on. */
export function payingPhone(world: ChaosWorld, leg: SimLeg): string {
  const { callerNumber = '', domain = '' } = leg.other?.spec ?? {};
  return forwarderTo(world, leg.spec.destination) ?? `${callerNumber}@${domain}`;
}

/**
 * A call from outside that came while the database was away: it is let in without a hold and without
 * counting, and charged afterwards (`INBOUND_WITHOUT_DATABASE`).
 */
export function isLetInBlindly({ outages }: Truth, { leg }: LegTruth): boolean {
  if (leg.spec.kind !== 'carrier') return false;
  const beganMs = leg.times.startUs / 1000;
  return outages.some(({ fromMs, toMs }) => beganMs > fromMs - BLIND_MS && beganMs < toMs);
}

/** A lookup that is under way when the database goes is answered without it too. */
const BLIND_MS = 2_000;

/** An answered leg that costs somebody money. */
export function isBillable(world: ChaosWorld, truth: LegTruth): boolean {
  return truth.leg.isAnswered && payersOf(world, truth).length > 0;
}
