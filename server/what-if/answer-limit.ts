import { grantCall } from '../../rating/call/quote-call.js';
import type { CallGrant, GrantPayer } from '../../rating/call/quote-call.js';
import { Decimal } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { LookedAtPayer } from './answer-payers.js';
import type { LimitAnswer } from './types.js';

export interface LimitSettings {
  readonly holdSliceS: number;
  readonly maxCallS: number;
}

export interface Affordable {
  readonly answer: LimitAnswer;
  /** Of the first hold, with the steps a call keeps. */
  readonly grant: CallGrant;
  /** Seconds each payer could pay, by payer key. */
  readonly secondsOf: ReadonlyMap<string, number>;
}

/**
 * How long the chain could pay, by the calculation of real holds: once for the first slice, once for
 * the longest call. Null where somebody in the chain has no price.
 */
export function affordable(
  payers: readonly LookedAtPayer[],
  settings: LimitSettings,
): Affordable | null {
  const rated = payers.flatMap(({ accountId, rate, problem, purse }): GrantPayer[] =>
    rate === null || problem === 'currency_mismatch'
      ? []
      : [{ payerKey: payerKey({ accountId }), rate, available: new Decimal(purse.available) }],
  );
  if (rated.length === 0 || rated.length < payers.length) return null;
  const maxSeconds = settings.maxCallS;
  const longest = grantCall({ payers: rated, sliceSeconds: maxSeconds, maxSeconds });
  const grant = grantCall({ payers: rated, sliceSeconds: settings.holdSliceS, maxSeconds });
  const by = payers.find(({ accountId }) => payerKey({ accountId }) === longest.limitedBy);
  return {
    grant,
    secondsOf: new Map(longest.steps.map((step) => [step.payerKey, step.affordableSeconds])),
    answer: {
      affordableS: longest.seconds,
      grantedS: grant.seconds,
      maxS: maxSeconds,
      limitedBy: by === undefined ? null : { accountId: by.accountId, account: by.account },
    },
  };
}
