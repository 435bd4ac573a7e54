import { cdrBodyOf, callerEnded, carrierEnded } from '../../../support/leg-reports.js';
import { carrierRequest, phoneRequest } from '../../../support/requests.js';
import { SWITCH_ID } from '../../../support/world.js';
import { callIdOf } from '../../../../server/calls/call-request.js';
import type { CallRequest } from '../../../../server/calls/call-request.js';
import type { LegEnded } from '../../../../server/calls/reports.js';
import type { Snapshot } from '../../../../server/snapshot/snapshot.js';
import type { Database } from '../../../../db/client.js';
import type { FakeClock } from '../../../support/fake-clock.js';
import type { CallNode } from '../../../support/node.js';
import { adjust } from './machine-world.js';
import * as rules from './model.js';
import type { Caller, Model, ModelCall, PurseName } from './model.js';

/** The engine under test: two nodes on one database, and what was reported of each call. */
export interface Real {
  readonly nodes: readonly [CallNode, CallNode];
  readonly database: Database;
  readonly clock: FakeClock;
  readonly snapshot: Snapshot;
  readonly startUs: number;
  readonly requests: Map<string, CallRequest>;
  /** The leg that is charged, by call; its end once it was told. */
  readonly legs: Map<string, LegEnded>;
  readonly ended: LegEnded[];
}

export type NodeIndex = 0 | 1;

/** How late the switch cuts, where it is the switch that ends a call. */
export const CUT_LATE_MS = 400;

/** One thing that happens, not yet to a certain call: `pick` says which of those it may happen to. */
export type Drawn =
  | { readonly kind: 'authorise'; readonly caller: Caller; readonly node: NodeIndex }
  | { readonly kind: 'again'; readonly pick: number; readonly node: NodeIndex }
  | { readonly kind: 'fund'; readonly purse: PurseName; readonly mills: number }
  | { readonly kind: 'answer'; readonly pick: number; readonly node: NodeIndex }
  | {
      readonly kind: 'beat';
      readonly pick: number;
      readonly node: NodeIndex;
      readonly talkedS: number;
    }
  | {
      readonly kind: 'end';
      readonly pick: number;
      readonly node: NodeIndex;
      readonly way: 'esl' | 'cdr' | 'both';
      /** How much of the granted time was talked, and what was talked beyond it. */
      readonly share: number;
      readonly overMs: number;
    }
  | { readonly kind: 'hang_up'; readonly pick: number; readonly node: NodeIndex };

/** What happens, by the engine and by the model. */
export interface Operation {
  readonly callId: string | null;
  readonly isBeat: boolean;
  run(real: Real): Promise<unknown>;
  apply(model: Model): void;
}

/** Calls something may happen to; events may also come late, when the call is over. */
export function eligible(drawn: Drawn, model: Model): readonly ModelCall[] {
  const granted = model.calls.filter(({ state }) => state !== 'refused');
  switch (drawn.kind) {
    case 'authorise':
    case 'fund':
      return [];
    case 'again':
      return model.calls;
    case 'answer':
    case 'beat':
    case 'end':
      return granted;
    case 'hang_up':
      return granted.filter(({ leg }) => leg === 'none');
  }
}

/**
 * Picks the call, and prepares what is told of it: times and reports are the same for everybody. Null
 * where there is no such call, or something else happens to it already.
 */
export function prepare(
  drawn: Drawn,
  model: Model,
  real: Real,
  others: readonly Operation[],
): Operation | null {
  switch (drawn.kind) {
    case 'authorise':
      return authoriseOne(drawn, real);
    case 'fund':
      return {
        callId: null,
        isBeat: false,
        run: ({ database }) => adjust(database, drawn.purse, drawn.mills),
        apply: (to) => {
          rules.fund(to, drawn.purse, drawn.mills);
        },
      };
    default: {
      const calls = eligible(drawn, model);
      const call = calls[drawn.pick % Math.max(1, calls.length)];
      const isTaken = others.some(({ callId }) => callId === call?.id);
      return call === undefined || isTaken ? null : ofCall(drawn, call, model, real);
    }
  }
}

function authoriseOne(
  { caller, node }: Extract<Drawn, { kind: 'authorise' }>,
  real: Real,
): Operation {
  const profileCreatedUs = String(real.clock.nowUs());
  const request = requestOf(caller, profileCreatedUs);
  const callId = callIdOf(request);
  real.requests.set(callId, request);
  const isInbound = rules.CALLERS[caller].isInbound;
  const leg = carrierEnded(callId, 0);
  real.legs.set(
    callId,
    isInbound ? callerEnded(request.legUuid, { callId, isMetered: true }) : leg,
  );
  return {
    callId,
    isBeat: false,
    run: ({ nodes, snapshot }) => nodes[node].authorizer.authorize(request, snapshot),
    apply: (to) => {
      rules.authorise(to, callId, caller);
    },
  };
}

function requestOf(caller: Caller, profileCreatedUs: string): CallRequest {
  switch (caller) {
    case 'account':
      return phoneRequest({ profileCreatedUs });
    case 'wallet':
      return phoneRequest({
        profileCreatedUs,
        callerNumber: '1002',
        authenticated: { user: '1002' },
      });
    case 'beta':
      return phoneRequest({ profileCreatedUs, authenticated: { domain: 'beta.example' } });
    case 'did':
      return carrierRequest({ profileCreatedUs });
  }
}

type OfCall = Exclude<Drawn, { kind: 'authorise' | 'fund' }>;

function ofCall(drawn: OfCall, call: ModelCall, model: Model, real: Real): Operation {
  const { id } = call;
  const leg = real.legs.get(id);
  const request = real.requests.get(id);
  if (leg === undefined || request === undefined) throw new Error(`call ${id}: never asked for`);
  switch (drawn.kind) {
    case 'again':
      return {
        callId: id,
        isBeat: false,
        run: ({ nodes, snapshot }) => nodes[drawn.node].authorizer.authorize(request, snapshot),
        apply: () => undefined,
      };
    case 'answer': {
      startMeter(call, model);
      const report = { ...leg, kind: 'answered', answerUs: answerUsOf(call, real) } as const;
      return {
        callId: id,
        isBeat: false,
        run: ({ nodes }) => nodes[drawn.node].supervisor.handle(report, SWITCH_ID),
        apply: (to) => {
          rules.answer(to, id, drawn.node);
        },
      };
    }
    case 'beat':
      return beatOf(drawn, call, leg, { model, real });
    case 'end':
      return endOf(drawn, call, leg, { model, real });
    case 'hang_up': {
      const caller = callerEnded(request.legUuid);
      const item = { report: caller, switchId: SWITCH_ID, inboxId: null, isLastTry: false };
      return {
        callId: id,
        isBeat: false,
        run: ({ nodes, ended }) => {
          ended.push(caller);
          return nodes[drawn.node].settler.settle(item);
        },
        apply: (to) => {
          rules.hangUpUnanswered(to, id);
        },
      };
    }
  }
}

interface Both {
  readonly model: Model;
  readonly real: Real;
}

function beatOf(
  { node, talkedS: drawnS }: Extract<Drawn, { kind: 'beat' }>,
  call: ModelCall,
  leg: LegEnded,
  { model, real }: Both,
): Operation {
  startMeter(call, model);
  // Nobody talks beyond what the switch was told.
  const talkedS = Math.min(drawnS, call.granted);
  advanceTo(call.answerS + talkedS, model, real);
  const answerUs = answerUsOf(call, real);
  const atUs = answerUs + talkedS * 1_000_000;
  const report = { ...leg, kind: 'heartbeat', answerUs, atUs } as const;
  return {
    callId: call.id,
    isBeat: true,
    run: ({ nodes }) => nodes[node].supervisor.handle(report, SWITCH_ID),
    apply: (to) => {
      rules.beat(to, call.id, node, talkedS);
    },
  };
}

function endOf(
  { node, way, share, overMs }: Extract<Drawn, { kind: 'end' }>,
  call: ModelCall,
  leg: LegEnded,
  { model, real }: Both,
): Operation {
  startMeter(call, model);
  const isWhole = overMs > 0;
  const talkedMs = isWhole ? call.granted * 1000 + overMs : Math.ceil(call.granted * 1000 * share);
  const answerUs = answerUsOf(call, real);
  const report: LegEnded = {
    ...leg,
    ...{ answerUs, billUs: talkedMs * 1000, endUs: answerUs + talkedMs * 1000 },
    hangupCause: overMs === CUT_LATE_MS ? 'ALLOTTED_TIMEOUT' : 'NORMAL_CLEARING',
  };
  advanceTo(call.answerS + Math.ceil(talkedMs / 1000), model, real);
  const other = node === 0 ? 1 : 0;
  const viaEsl = ({ nodes }: Real) =>
    nodes[node].supervisor.handle({ ...report, source: 'esl' }, SWITCH_ID);
  const viaCdr = async ({ nodes }: Real) => {
    await nodes[other].inbox.accept(cdrBodyOf(report), SWITCH_ID, report.legUuid);
    await nodes[other].settler.drain();
  };
  return {
    callId: call.id,
    isBeat: false,
    run: (on) => {
      on.ended.push(report);
      const esl = way === 'cdr' ? [] : [viaEsl(on)];
      return Promise.all([...esl, ...(way === 'esl' ? [] : [viaCdr(on)])]);
    },
    apply: (to) => {
      rules.end(to, call.id, talkedMs, way === 'cdr' ? null : node);
    },
  };
}

/** A leg is answered once: every report of it says the same. */
function startMeter(call: ModelCall, model: Model): void {
  if (call.leg === 'none') call.answerS = model.nowS;
}

function answerUsOf(call: ModelCall, { startUs }: Real): number {
  return startUs + call.answerS * 1_000_000;
}

export function advanceTo(seconds: number, model: Model, { clock }: Real): void {
  if (seconds <= model.nowS) return;
  clock.advanceS(seconds - model.nowS);
  model.nowS = seconds;
}
