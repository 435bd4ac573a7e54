import { v7 as uuidv7 } from 'uuid';
import type { NewCall } from '../../../db/repositories/calls.js';
import type { NewLeg } from '../../../db/repositories/legs.js';

export const START_US = Date.UTC(2030, 0, 1) * 1000;
export const CORE = '6d2375b0-5183-4db1-a0b3-7c2f9f3d0f10';

/** A settled call as it is stored. */
export function call(values: Partial<NewCall> & Pick<NewCall, 'createdUs'>): NewCall {
  const id = uuidv7();
  return {
    id,
    decisionKey: `1:${id}`,
    switchId: 1,
    coreUuid: CORE,
    aLegUuid: uuidv7(),
    direction: 'outbound',
    callerNumber: '1001',
    dialled: '447700900123',
    destination: '447700900123',
    state: 'settled',
    reason: 'normal_clearing',
    currency: 'USD',
    grantedS: 300,
    endedUs: values.createdUs + 9_000_000,
    expiresUs: values.createdUs + 60_000_000,
    decision: { steps: [{ kind: 'rate', longestPrefix: '447' }] },
    ...values,
  };
}

/** A settled leg through a carrier as it is stored. */
export function leg(values: Partial<NewLeg> & Pick<NewLeg, 'callId'>): NewLeg {
  return {
    legUuid: uuidv7(),
    switchId: 1,
    coreUuid: CORE,
    kind: 'carrier',
    destination: '447700900123',
    callerNumber: '1001',
    state: 'settled',
    source: 'esl',
    startUs: START_US + 500_000,
    hangupCause: 'NORMAL_CLEARING',
    ...values,
  };
}
