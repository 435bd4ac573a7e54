import type { Database } from '../../db/client.js';
import { CarrierCredit } from '../../server/calls/carrier-credit.js';
import type { LiveFacts } from '../../server/calls/live-facts.js';
import { liveFactsOf } from '../../server/calls/live-facts.js';
import type { Clock } from '../../server/clock.js';
import { createLog } from '../../server/log.js';
import { QualityStore } from '../../server/quality/quality-store.js';

/**
 * What the database says of the moment: quality and length of calls, and what is owed to carriers.
 * What only a running node hears, the state of gateways, is not known here and takes no route away.
 */
export async function liveFactsFromDatabase(database: Database, clock: Clock): Promise<LiveFacts> {
  const log = createLog({ level: 'silent' });
  const quality = new QualityStore({ database, clock, log });
  const credit = new CarrierCredit({ database, log });
  await Promise.all([quality.refresh(), credit.refresh()]);
  return liveFactsOf({ links: { gatewayDown: () => null }, credit, quality });
}
