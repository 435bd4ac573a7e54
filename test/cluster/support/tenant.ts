import type { Database } from '../../../db/client.js';
import { createSecrets } from '../../../server/secrets.js';
import { fund, insertWorld } from '../../support/use-world.js';
import { ACME, BETA, buildWorld, RESELLER, SECRET_KEY, SWITCH_ID } from '../../support/world.js';

/** Calls at once that the cheapest carrier's gateway takes: always tried first, so never exceeded. */
export const LIMITED = { gateway: 'carrierA', channels: 3 } as const;

export const ESL_PASSWORD = 'esl-password';
export const SWITCH_IDS = [SWITCH_ID, SWITCH_ID + 1] as const;

/** Enough for a few minutes of talk by all calls together, at 0.01 a second. */
const FUNDS = { [ACME]: '4', [BETA]: '4', [RESELLER]: '4' } as const;
export const PAYERS = [ACME, BETA, RESELLER] as const;
export type Payer = (typeof PAYERS)[number];

/** Two customers with little money, one behind a reseller; three carriers; a switch for each engine. */
export async function makeTenant(
  database: Database,
  eslPorts: readonly [number, number],
): Promise<void> {
  const world = buildWorld();
  const [first] = world.switches;
  if (first === undefined) throw new Error('the world has no switch');
  const eslPasswordSealed = createSecrets(SECRET_KEY).seal(ESL_PASSWORD);
  world.switches = SWITCH_IDS.map((id, index) => ({
    ...first,
    id,
    name: switchUser(index),
    httpUsername: switchUser(index),
    eslPort: eslPorts[index] ?? 0,
    eslPasswordSealed,
  }));
  world.gateways = world.gateways.map((gateway) =>
    gateway.name === LIMITED.gateway ? { ...gateway, maxChannels: LIMITED.channels } : gateway,
  );
  await insertWorld(database, world);
  for (const payer of PAYERS) await fund(database, payer, FUNDS[payer]);
}

export function switchUser(index: number): string {
  return `fs${String(index + 1)}`;
}
