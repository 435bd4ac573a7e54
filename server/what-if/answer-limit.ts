import { Decimal } from '../../rating/money.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import type { CallPlan } from '../calls/call-plan.js';
import { grantHold } from '../calls/grant-hold.js';
import type { GrantRequest, HoldGrant } from '../calls/grant-hold.js';
import { Purses } from '../calls/hold-books.js';
import type { Purse } from '../calls/hold-books.js';
import type { HoldPayer } from '../calls/hold-request.js';
import type { LookedAtPayer } from './answer-payers.js';
import type { BookFacts } from './read-books.js';
import type { Capacity } from './read-capacity.js';
import type { LimitAnswer } from './types.js';

export interface LimitSettings {
  readonly holdSliceS: number;
  readonly maxCallS: number;
}

export interface Affordable {
  readonly answer: LimitAnswer;
  /** Of the first hold, with the steps a call keeps. */
  readonly held: HoldGrant;
  /** Seconds each payer could pay, by payer key. */
  readonly secondsOf: ReadonlyMap<string, number>;
}

export interface LimitFacts extends BookFacts {
  readonly plan: CallPlan;
  readonly payers: readonly LookedAtPayer[];
  readonly capacity: Capacity;
  readonly settings: LimitSettings;
}

/**
 * How long the chain could pay, by the very code of real holds: once for the first slice, once for
 * the longest call. Null where somebody in the chain has no price, and where nothing is metered.
 */
export function affordable(facts: LimitFacts): Affordable | null {
  const { plan, payers, settings } = facts;
  const rated = payers.flatMap(ratedPayer);
  if (rated.length < payers.length) return null;
  if (rated.length === 0 && plan.kind !== 'paid') return null;
  const { maxCallS, holdSliceS } = settings;
  const books = {
    purses: new Purses(pursesOf(payers), facts.spent),
    buckets: facts.buckets,
    channels: facts.capacity.books,
  };
  const request = (sliceS: number): GrantRequest => ({
    payers: rated,
    allowances: plan.kind === 'paid' ? plan.allowances : [],
    dailyLimits: plan.kind === 'paid' ? plan.dailyLimits : [],
    sliceS,
    maxS: maxCallS,
  });
  const longest = grantHold(request(maxCallS), books).grant;
  const held = grantHold(request(holdSliceS), books);
  const by = payers.find((payer) => payerKey(payer) === longest.limitedBy);
  return {
    held,
    secondsOf: new Map(longest.steps.map((step) => [step.payerKey, step.affordableSeconds])),
    answer: {
      affordableS: longest.seconds,
      grantedS: held.grant.seconds,
      maxS: maxCallS,
      limitedBy:
        by === undefined
          ? null
          : { accountId: by.accountId, account: by.account, wallet: by.step.wallet ?? null },
    },
  };
}

function ratedPayer(payer: LookedAtPayer): readonly HoldPayer[] {
  const { accountId, extensionId, currency, rate, problem, purse } = payer;
  if (rate === null || problem === 'currency_mismatch') return [];
  const wallet = extensionId === undefined ? {} : { extensionId };
  const creditLimit = new Decimal(purse.creditLimit);
  // Whom it buys from says nothing of what it can pay.
  return [{ accountId, ...wallet, sellerAccountId: accountId, currency, rate, creditLimit }];
}

function pursesOf(payers: readonly LookedAtPayer[]): ReadonlyMap<string, Purse> {
  return new Map(
    payers.map((payer) => {
      const { available, held } = payer.purse;
      const purse = { available: new Decimal(available), held: new Decimal(held), ledgerId: 0 };
      return [payerKey(payer), purse];
    }),
  );
}
