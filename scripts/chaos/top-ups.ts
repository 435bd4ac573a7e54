import { setTimeout as sleep } from 'node:timers/promises';
import { addPayment } from '../../server/admin/payments.js';
import { scriptActor } from '../../server/admin/context.js';
import type { AdminDeps } from '../../server/admin/context.js';
import { Refusal } from '../../server/admin/refusal.js';
import type { Dice } from './random.js';
import type { IdByName } from './seed-world.js';
import type { ChaosWorld } from './world.js';

/** Money that comes in while calls run. */
export interface TopUp {
  readonly dueMs: number;
  /** An account's code, or the address of a phone with money of its own. */
  readonly who: string;
  readonly amount: string;
}

const AMOUNTS = ['0.06', '0.15', '0.3', '0.6', '1.1'];

/** Small ones, more often to those who pay for many: accounts stay near the end of their money. */
export function planTopUps(
  world: ChaosWorld,
  dice: Dice,
  durationMs: number,
  everyMs: number,
): readonly TopUp[] {
  const purses = world.accounts.flatMap(({ code, isCustomer, phones }) => [
    [code, isCustomer ? 2 : 3] as const,
    ...phones.flatMap(({ address, ownCredit }) =>
      ownCredit === undefined ? [] : [[address, 4] as const],
    ),
  ]);
  const topUps: TopUp[] = [];
  for (let dueMs = everyMs; dueMs < durationMs; dueMs += everyMs) {
    topUps.push({ dueMs, who: dice.pick(purses), amount: dice.oneOf(AMOUNTS) });
  }
  return topUps;
}

const ACTOR = scriptActor('chaos');
const AGAIN_MS = 400;

/** Books one under its own key, as often as it takes: the database may be away or go in between. */
export async function bookTopUp(
  deps: AdminDeps,
  ids: IdByName,
  topUp: TopUp,
  index: number,
): Promise<void> {
  const id = ids.get(topUp.who) ?? 0;
  const postingKey = `chaos:topup:${String(index)}`;
  const target = topUp.who.includes('@')
    ? { extensionId: id, postingKey }
    : { accountId: id, postingKey };
  for (;;) {
    try {
      await addPayment(deps, ACTOR, target, { amount: topUp.amount, memo: 'Chaos' });
      return;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
