import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { openDatabase } from '../../db/client.js';
import { CallAuthorizer } from '../calls/authorize-call.js';
import { CarrierCredit } from '../calls/carrier-credit.js';
import { DecisionLog } from '../calls/decision-log.js';
import { liveFactsOf } from '../calls/live-facts.js';
import { reconcileSwitch } from '../calls/reconcile.js';
import type { CallEvent } from '../calls/reports.js';
import { RoutingNumbers } from '../calls/routing-numbers.js';
import { Settler } from '../calls/settler.js';
import { CallSupervisor } from '../calls/supervisor.js';
import { CdrInbox } from '../cdr/cdr-inbox.js';
import type { Config } from '../config.js';
import { BackgroundJobs } from '../jobs/background.js';
import { createMetrics } from '../metrics.js';
import { QualityStore } from '../quality/quality-store.js';
import { DeckLoader } from '../snapshot/deck-loader.js';
import { SnapshotStore } from '../snapshot/snapshot-store.js';
import { SwitchLinks } from '../switches/switch-links.js';
import { gauges } from './observe.js';
import type { EngineParts, Foundation } from './types.js';

/** Makes the long-lived parts and hands them to each other; nothing is started yet. */
export function makeParts(base: Foundation): EngineParts {
  const { config, log, clock, secrets } = base;
  const database = openDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize });
  const decisionLog = new DecisionLog(database, log);
  const settler = new Settler({ database, clock, log, decisionLog });
  const snapshots = new SnapshotStore({
    database,
    log,
    clock,
    pollMs: config.configPollMs,
    loader: new DeckLoader({ databaseUrl: config.databaseUrl, log }),
    preloadDrafts: config.ratesPreloadDrafts,
    onChange: (areas, snapshot) => {
      if (config.eslEnabled && areas.includes('switches')) links.apply(snapshot.switches);
    },
  });
  const supervisor = new CallSupervisor({
    database,
    clock,
    log,
    settings: config,
    settler,
    decisionLog,
    commandsOf: (switchId) => links.commandsOf(switchId),
    creditLimitOf: (accountId) =>
      snapshots.current?.accounts.accountById.get(accountId)?.creditLimit ?? '0',
    keepForLater: (report, switchId) => inbox.keep(report, switchId),
  });
  const reconcile = {
    database,
    clock,
    log,
    settler,
    supervisor,
    orphanGraceS: config.orphanGraceS,
  };
  const links: SwitchLinks = new SwitchLinks({
    log,
    openSecret: secrets.open,
    clock,
    onEvent: async (event, switchId) => {
      metrics.events.inc({ kind: event.kind });
      await passToSupervisor(event, switchId, supervisor);
    },
    onConnected: async (switchId, commands) => {
      await reconcileSwitch(reconcile, switchId, commands);
    },
  });
  const quality = new QualityStore({ database, clock, log });
  const credit = new CarrierCredit({ database, log });
  const live = liveFactsOf({ links, credit, quality });
  const authorizer = new CallAuthorizer({
    database,
    clock,
    log,
    settings: config,
    decisionLog,
    live,
    routingNumbers: new RoutingNumbers({ database, clock }),
  });
  const inbox = new CdrInbox({ database, clock, log, settler });
  const calls = { database, snapshots, decisionLog, settler, supervisor, authorizer, inbox, links };
  const unmeasured = { ...calls, quality, credit, live, jobs: backgroundJobs(config, log) };
  const metrics = createMetrics(gauges(unmeasured));
  return { ...unmeasured, metrics };
}

/** Less than a node may take to stop, so that what comes after it has time as well. */
const JOBS_SHARE_OF_STOP = 0.6;

/** Relative folders are meant from the project's own, wherever the node was started from. */
const PROJECT_FOLDER = fileURLToPath(new URL('../../..', import.meta.url));

/** Where uploaded files wait for this node's background thread. */
export function uploadFolderOf({ uploadFolder }: Config): string {
  return resolve(PROJECT_FOLDER, uploadFolder);
}

function backgroundJobs(config: Config, log: Logger): BackgroundJobs | null {
  if (!config.jobsEnabled) return null;
  return new BackgroundJobs({
    log,
    stopMs: config.shutdownS * 1000 * JOBS_SHARE_OF_STOP,
    data: {
      databaseUrl: config.databaseUrl,
      nodeId: config.nodeId,
      uploadFolder: uploadFolderOf(config),
      maxRows: config.ratesMaxRows,
      logLevel: config.logLevel,
    },
  });
}

async function passToSupervisor(
  event: CallEvent,
  switchId: number,
  supervisor: CallSupervisor,
): Promise<void> {
  if (event.kind === 'alive' || event.kind === 'gateway') return;
  await supervisor.handle(event, switchId);
}
