import type { FarEnd, FarEndScript } from './far-end.js';
import type { SimLeg } from './leg.js';
import type { SimulatedSwitch } from './switch.js';

/** What a conversation becomes, instead of ending by a hangup. */
export type Transfer =
  /** The caller is sent on: its leg goes through the dialplan again, the far leg ends. */
  | {
      readonly kind: 'blind';
      readonly afterMs: number;
      readonly to: string;
      readonly farEnd: FarEndScript;
    }
  /** The caller has connected the far leg with somebody else and leaves; that leg runs on. */
  | { readonly kind: 'attended'; readonly afterMs: number; readonly staysMs: number };

/** How a conversation ended, as far as the caller's leg is concerned. */
export type TalkResult = 'caller_gone' | 'far_end_gone' | Extract<Transfer, { kind: 'blind' }>;

type Answer = Extract<FarEnd, { kind: 'answer' }>;

/** Lets two bridged legs talk until one of them hangs up, is cut, or is transferred. */
export async function playTalk(
  sim: SimulatedSwitch,
  legs: { readonly caller: SimLeg; readonly far: SimLeg },
  answer: Answer,
  transfer: Transfer | undefined,
): Promise<TalkResult> {
  const { caller, far } = legs;
  const quitter = answer.hangupBy === 'caller' ? caller : far;
  const goodbye = { cause: 'NORMAL_CLEARING', disposition: 'recv_bye' };
  let done: TalkResult | null = null;
  if (transfer !== undefined && transfer.afterMs < answer.talkMs) {
    sim.later(far, transfer.afterMs, () => {
      if (!caller.isAlive) return;
      done = transfer.kind === 'blind' ? transfer : 'caller_gone';
      startTransfer(sim, legs, transfer);
    });
  }
  sim.later(quitter, answer.talkMs, () => {
    if (done === null) sim.hangup(quitter, goodbye);
  });
  await Promise.race([caller.ended(), far.ended()]);
  if (done !== null) return done;
  far.variables.set('bridge_hangup_cause', caller.end?.cause ?? far.end?.cause ?? '');
  sim.hangup(far, { cause: 'NORMAL_CLEARING', disposition: 'send_bye' });
  return caller.isAlive ? 'far_end_gone' : 'caller_gone';
}

function startTransfer(
  sim: SimulatedSwitch,
  { caller, far }: { readonly caller: SimLeg; readonly far: SimLeg },
  transfer: Transfer,
): void {
  if (transfer.kind === 'blind') {
    sim.hangup(far, { cause: 'BLIND_TRANSFER', disposition: 'recv_refer' });
    return;
  }
  sim.later(far, transfer.staysMs, () =>
    sim.hangup(far, { cause: 'NORMAL_CLEARING', disposition: 'recv_bye' }),
  );
  sim.hangup(caller, { cause: 'ATTENDED_TRANSFER', disposition: 'send_bye' });
}
