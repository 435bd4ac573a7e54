import type { Posting } from '../../../db/repositories/ledger.js';
import { correctionPosting } from '../../../rating/ledger/postings.js';
import { Decimal } from '../../../rating/money.js';
import type { PayerIdentity } from '../../../rating/settlement/payer-key.js';
import type { RepricedCharge } from './reprice-legs.js';

/** The key under which a run can correct a leg once and never again. */
export function correctionKey(reratingId: string, legUuid: string): string {
  return `rerating:${reratingId}:${legUuid}`;
}

/** What is posted for a leg of which these charges changed: at least one, and of this leg only. */
export function postingOfCorrection(
  reratingId: string,
  changed: readonly [RepricedCharge, ...RepricedCharge[]],
): Posting {
  const { legUuid, number, transactionId } = changed[0].charge;
  const carrier = changed.find(({ charge }) => charge.role === 'carrier');
  return {
    idempotencyKey: correctionKey(reratingId, legUuid),
    kind: 'rerating',
    reference: legUuid,
    correctsId: transactionId,
    memo: `Re-rated call to ${number}`.slice(0, 255),
    entries: correctionPosting({
      payers: changed
        .filter(({ charge }) => charge.role !== 'carrier')
        .map((repriced) => ({
          ...payerOf(repriced),
          sellerAccountId: repriced.charge.counterpartId,
          currency: repriced.charge.currency,
          amount: differenceOf(repriced),
        })),
      carrier:
        carrier === undefined
          ? null
          : {
              carrierId: carrier.charge.partyId,
              operatorAccountId: carrier.charge.counterpartId,
              currency: carrier.charge.currency,
              amount: differenceOf(carrier),
            },
    }),
  };
}

/** An extension that paid from its own money bought from its account. */
function payerOf({ charge }: RepricedCharge): PayerIdentity {
  return charge.role === 'extension'
    ? { accountId: charge.counterpartId, extensionId: charge.partyId }
    : { accountId: charge.partyId };
}

function differenceOf({ charge, newAmount }: RepricedCharge): Decimal {
  return new Decimal(newAmount).minus(charge.amount);
}
