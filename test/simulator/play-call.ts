import type { CallEvent, LegEnded } from '../../server/calls/reports.js';
import { decodeEvent } from '../../server/esl/decode-event.js';
import { parseJsonEvent } from '../../server/esl/event-headers.js';
import { type CallOutcome, type CallPlan, placeCall } from '../../scripts/simulator/call.js';
import { VirtualClock } from '../../scripts/simulator/clock.js';
import { answered, inTurn } from '../../scripts/simulator/far-end.js';
import { SimulatedSwitch, type SwitchOptions } from '../../scripts/simulator/switch.js';
import type { FakeEngine } from './fake-engine.js';

/** A quarter of a second into a second, so that whole-second effects can be seen. */
export const START_US = 1_795_327_082_250_000;
export const CALL = '0f6d2c9a-9a0e-4b0e-8d9c-3f4f3c1b2a10';

export interface Run {
  readonly outcome: CallOutcome;
  readonly events: readonly CallEvent[];
  readonly names: readonly string[];
  readonly sizes: readonly number[];
  readonly ended: readonly LegEnded[];
  readonly sim: SimulatedSwitch;
}

/** Actions of an ordinary outbound call. */
export function outbound(
  legs: string,
  ...more: (readonly [string, string])[]
): (readonly [string, string])[] {
  return [
    ['set', 'hangup_after_bridge=true'],
    ['set', `rl_call=${CALL}`],
    ['export', `nolocal:rl_call=${CALL}`],
    ...more,
    ['bridge', legs],
  ];
}

/** Plays one call against an engine on a virtual clock and collects all it caused. */
export async function playCall(
  engine: FakeEngine,
  plan: Partial<CallPlan>,
  options: Partial<SwitchOptions> = {},
  during?: (sim: SimulatedSwitch, clock: VirtualClock) => void,
): Promise<Run> {
  const clock = new VirtualClock(START_US);
  const texts: { name: string; json: string }[] = [];
  const client = engine.client();
  const sim = new SimulatedSwitch({
    engine: client,
    clock,
    sink: {
      wants: () => true,
      publish: (name, _subclass, json) => void texts.push({ name, json }),
    },
    ...options,
  });
  const call = placeCall(sim, {
    from: { kind: 'phone', user: '1001', domain: 'acme.example', password: 'pw1001' },
    to: '447700900123',
    farEnd: inTurn(answered(5_000)),
    ...plan,
  });
  during?.(sim, clock);
  await clock.run();
  const outcome = await call;
  await sim.settled();
  client.close();
  const events = texts.flatMap(({ json }) => {
    const headers = parseJsonEvent(json);
    const event = headers === null ? null : decodeEvent(headers);
    return event === null ? [] : [event];
  });
  return {
    outcome,
    events,
    sim,
    names: texts.map(({ name }) => name),
    sizes: texts.map(({ json }) => Buffer.byteLength(json)),
    ended: events.filter((event): event is LegEnded => event.kind === 'ended'),
  };
}
