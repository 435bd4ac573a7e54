import { reapCalls } from '../calls/reaper.js';
import { reconcileSwitch } from '../calls/reconcile.js';
import { purgeOldQuality } from '../quality/purge-old-quality.js';
import type { Job } from '../scheduler/jobs.js';
import type { EngineParts, Foundation } from './types.js';

/** What a node looks after from time to time. */
export function periodicJobs(base: Foundation, parts: EngineParts): readonly Job[] {
  const { config, log, clock } = base;
  const { database, settler, supervisor, inbox, links, watch, watchers, writer } = parts;
  const { orphanGraceS, maxCallS } = config;
  return [
    { name: 'sweep-inbox', everyS: 2, run: () => inbox.sweep() },
    { name: 'empty-spool', everyS: 1, run: () => writer.emptySpool() },
    { name: 'look-at-balances', everyS: 5, run: () => watchers.lookAtBalances() },
    { name: 'look-for-short-calls', everyS: 5, run: () => watchers.lookForShortCalls() },
    { name: 'deliver-notices', everyS: 5, run: () => watchers.deliver() },
    { name: 'purge-quality', everyS: 900, run: () => purgeOldQuality({ database, clock }) },
    // Gateways tell of each change; this finds out about those nobody heard.
    { name: 'look-at-gateways', everyS: 60, run: () => links.lookAtGateways() },
    {
      name: 'reap-calls',
      everyS: config.reaperIntervalS,
      run: async () => {
        for (const { switchId, commands } of links.connected) {
          const options = { database, clock, log, settler, supervisor, orphanGraceS, watch };
          // A switch that does not answer must not keep the others and the reaper from their work.
          await reconcileSwitch(options, switchId, commands).catch((error: unknown) => {
            log.warn({ err: error, switchId }, 'open calls could not be compared with the switch');
          });
        }
        await reapCalls({ database, clock, log, settler, maxCallS, orphanGraceS, watch });
      },
    },
  ];
}
