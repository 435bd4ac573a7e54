import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../db/client.js';
import { CallAuthorizer, creditLimitOf } from '../calls/authorize-call.js';
import { CarrierCredit } from '../calls/carrier-credit.js';
import { liveFactsOf } from '../calls/live-facts.js';
import { reconcileSwitch } from '../calls/reconcile.js';
import type { CallEvent, LegParked } from '../calls/reports.js';
import { RoutingNumbers } from '../calls/routing-numbers.js';
import { Settler } from '../calls/settler.js';
import { CallSupervisor } from '../calls/supervisor.js';
import { WatchTime } from '../calls/watch-time.js';
import { CdrInbox } from '../cdr/cdr-inbox.js';
import type { Config } from '../config.js';
import { BackgroundJobs } from '../jobs/background.js';
import { createMetrics } from '../metrics.js';
import { smtpMailer } from '../notices/mailer.js';
import type { Mailer } from '../notices/mailer.js';
import { Watchers } from '../notices/watchers.js';
import { ParkedCalls } from '../parked/parked-calls.js';
import { QualityStore } from '../quality/quality-store.js';
import { DeckLoader } from '../snapshot/deck-loader.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { SnapshotStore } from '../snapshot/snapshot-store.js';
import { SwitchLinks } from '../switches/switch-links.js';
import { gauges } from './observe.js';
import { makeStores, uploadFolderOf } from './stores.js';
import type { EngineParts, Foundation } from './types.js';

/** Makes the long-lived parts and hands them to each other; nothing is started yet. */
export function makeParts(base: Foundation): EngineParts {
  const { config, log, clock, secrets } = base;
  const stores = makeStores(base);
  const { database, decisionLog, writer, breaches } = stores;
  const shared = { database, clock, log };
  const settler = new Settler({ ...shared, decisionLog });
  const snapshots = makeSnapshots(base, database, (areas, snapshot) => {
    if (config.eslEnabled && areas.includes('switches')) links.apply(snapshot.switches);
  });
  const supervisor = new CallSupervisor({
    ...shared,
    settings: config,
    settler,
    decisionLog,
    commandsOf: (switchId) => links.commandsOf(switchId),
    creditLimitOf: (payer) =>
      snapshots.current === null ? '0' : creditLimitOf(payer, snapshots.current),
    keepForLater: (report, switchId) => inbox.keep(report, switchId),
  });
  const watch = new WatchTime();
  const reconcile = { ...shared, settler, supervisor, watch, orphanGraceS: config.orphanGraceS };
  const links: SwitchLinks = new SwitchLinks({
    log,
    openSecret: secrets.open,
    clock,
    onEvent: async (event, switchId) => {
      metrics.events.inc({ kind: event.kind });
      if (event.kind === 'parked') await parked.handle(event, switchId);
      else await passToSupervisor(event, switchId, supervisor);
    },
    onConnected: async (switchId, commands) => {
      await reconcileSwitch(reconcile, switchId, commands);
      await parked.sweep(switchId, commands);
    },
  });
  const quality = new QualityStore(shared);
  const credit = new CarrierCredit({ database, log });
  const live = liveFactsOf({ links, credit, quality });
  const authorizer = new CallAuthorizer({
    ...shared,
    breaches,
    settings: config,
    decisionLog,
    live,
    routingNumbers: new RoutingNumbers({ database, clock }),
  });
  const parked = new ParkedCalls({
    authorizer,
    snapshot: () => snapshots.current,
    commandsOf: (switchId) => links.commandsOf(switchId),
    log,
    nodeWord: uuidv7(),
    deadlineMs: config.xmlDeadlineMs,
    onAnswer: (outcome) => {
      metrics.answers.inc({ section: 'parked', outcome });
    },
  });
  const inbox = new CdrInbox({ ...shared, settler, writer });
  const calls = { snapshots, settler, supervisor, watch, authorizer, inbox, links, parked };
  const watchers = new Watchers({ ...shared, mailer: mailerOf(config) });
  const others = { quality, credit, live, watchers, jobs: backgroundJobs(config, log) };
  const unmeasured = { ...stores, ...calls, ...others };
  const metrics = createMetrics(gauges(unmeasured));
  return { ...unmeasured, metrics };
}

/** Less than a node may take to stop, so that what comes after it has time as well. */
const JOBS_SHARE_OF_STOP = 0.6;

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

function makeSnapshots(
  { config, log, clock }: Foundation,
  database: Database,
  onChange: (areas: readonly string[], snapshot: Snapshot) => void,
): SnapshotStore {
  return new SnapshotStore({
    database,
    log,
    clock,
    pollMs: config.configPollMs,
    loader: new DeckLoader({ databaseUrl: config.databaseUrl, log }),
    preloadDrafts: config.ratesPreloadDrafts,
    onChange,
  });
}

function mailerOf({ smtpUrl, mailFrom }: Config): Mailer | null {
  return smtpUrl === null ? null : smtpMailer(smtpUrl, mailFrom);
}

async function passToSupervisor(
  event: Exclude<CallEvent, LegParked>,
  switchId: number,
  supervisor: CallSupervisor,
): Promise<void> {
  if (event.kind === 'alive' || event.kind === 'gateway') return;
  await supervisor.handle(event, switchId);
}
