import type { Queryable } from '../../db/client.js';
import { releaseStore } from '../../db/repositories/admin/stores.js';
import { rateSeconds } from '../../rating/call/rate-call.js';
import { findUnsupported } from '../../rating/call/unsupported.js';
import type { FrozenRate } from '../../rating/deck/types.js';
import { formatAmount } from '../../rating/money.js';
import type { ExplainedPrice, PriceAnswer, RateAnswer } from './types.js';

/** Lengths for which people compare prices; the call's own is added. */
const USUAL_LENGTHS_S = [1, 6, 30, 60, 180];

/** The row with its sheet; the number of its release is for {@link numberReleases} to fill in. */
export function rateAnswer({ row, terms, jurisdiction }: FrozenRate): RateAnswer {
  return {
    sheetId: terms.sheetId,
    sheet: terms.sheetName,
    releaseId: row.releaseId,
    release: null,
    rowId: row.id,
    prefix: row.prefix,
    destination: row.destination,
    currency: terms.currency,
    ratePerMinute: row.ratePerMinute,
    connectFee: row.connectFee,
    initialIncrementS: row.initialIncrementS,
    incrementS: row.incrementS,
    blocked: row.blocked,
    column: jurisdiction?.column ?? null,
  };
}

/** Null where the rate says nothing certain about a call that long. */
export function explainedPrice(
  rate: FrozenRate,
  seconds: number,
  coveredSeconds = 0,
): ExplainedPrice | null {
  if (findUnsupported(rate, seconds) !== null) return null;
  const { cost, billedSeconds, steps } = rateSeconds(rate, seconds, coveredSeconds);
  return { seconds, billedSeconds, amount: formatAmount(cost), steps };
}

export function priceAnswer(
  rate: FrozenRate,
  seconds: number,
  coveredSeconds = 0,
): PriceAnswer | null {
  const price = explainedPrice(rate, seconds, coveredSeconds);
  if (price === null) return null;
  const { billedSeconds, amount } = price;
  return { seconds, billedSeconds, amount };
}

/** Prices of the usual lengths and of the call's own, ascending. */
export function priceTable(
  rate: FrozenRate,
  durationS: number,
  coveredOf: (seconds: number) => number,
): readonly PriceAnswer[] {
  const lengths = [...new Set([...USUAL_LENGTHS_S, durationS])].sort((one, other) => one - other);
  return lengths.flatMap((seconds) => {
    const price = priceAnswer(rate, seconds, coveredOf(seconds));
    return price === null ? [] : [price];
  });
}

/** The same answers, each release with the number people know it by. */
export async function numberReleases<T extends { readonly rate: RateAnswer | null }>(
  db: Queryable,
  answers: readonly T[],
): Promise<readonly T[]> {
  const ids = new Set(answers.flatMap(({ rate }) => (rate === null ? [] : [rate.releaseId])));
  const numbers = new Map<number, number>();
  for (const id of ids) {
    const release = await releaseStore.find(db, id);
    if (release !== undefined) numbers.set(id, release.number);
  }
  return answers.map((answer) =>
    answer.rate === null
      ? answer
      : {
          ...answer,
          rate: { ...answer.rate, release: numbers.get(answer.rate.releaseId) ?? null },
        },
  );
}
