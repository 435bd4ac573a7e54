import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { openDatabase } from '../db/client.js';
import type { Database } from '../db/client.js';
import { apiRouter } from './api/router.js';
import { CallAuthorizer } from './calls/authorize-call.js';
import { DecisionLog } from './calls/decision-log.js';
import { reapCalls } from './calls/reaper.js';
import { reconcileSwitch } from './calls/reconcile.js';
import type { CallEvent } from './calls/reports.js';
import { Settler } from './calls/settler.js';
import { CallSupervisor } from './calls/supervisor.js';
import { CdrInbox } from './cdr/cdr-inbox.js';
import { systemClock } from './clock.js';
import type { Clock } from './clock.js';
import type { Config } from './config.js';
import { createApp } from './http/app.js';
import { healthRoutes } from './http/health-routes.js';
import type { ReadinessCheck } from './http/health-routes.js';
import { switchRoutes } from './http/switch-routes.js';
import { createMetrics } from './metrics.js';
import type { GaugeSource, Metrics } from './metrics.js';
import { Scheduler } from './scheduler/jobs.js';
import { createSecrets } from './secrets.js';
import type { Secrets } from './secrets.js';
import { SnapshotStore } from './snapshot/snapshot-store.js';
import { SwitchLinks } from './switches/switch-links.js';
import { XmlEndpoint } from './xml-curl/xml-endpoint.js';

/** A whole node, wired and not yet started. */
export interface Engine {
  readonly parts: EngineParts;
  /** Loads the configuration, listens and connects. Rejects when the database does not answer. */
  start(): Promise<{ readonly port: number }>;
  /** Takes no new work, finishes what it holds, closes everything. */
  stop(): Promise<void>;
}

/** What a node is made of; tests look inside. */
export interface EngineParts {
  readonly database: Database;
  readonly snapshots: SnapshotStore;
  readonly decisionLog: DecisionLog;
  readonly settler: Settler;
  readonly supervisor: CallSupervisor;
  readonly authorizer: CallAuthorizer;
  readonly inbox: CdrInbox;
  readonly links: SwitchLinks;
  readonly metrics: Metrics;
}

interface Foundation {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly secrets: Secrets;
}

/** The only place that makes the long-lived parts and hands them to each other. */
export function composeEngine(config: Config, log: Logger, clock: Clock = systemClock): Engine {
  const base: Foundation = { config, log, clock, secrets: createSecrets(config.secretKey) };
  const parts = makeParts(base);
  const server = createServer(makeApp(base, parts));
  // FreeSWITCH opens a connection per request: many may wait to be accepted at once.
  server.keepAliveTimeout = 5000;
  server.requestTimeout = 30_000;
  let scheduler: Scheduler | null = null;
  return {
    parts,
    start: async () => {
      await parts.snapshots.start();
      scheduler = new Scheduler(jobsOf(base, parts), log);
      return { port: await listen(server, config) };
    },
    stop: async () => {
      await stopEngine(parts, server, scheduler);
    },
  };
}

function makeParts(base: Foundation): EngineParts {
  const { config, log, clock, secrets } = base;
  const database = openDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize });
  const decisionLog = new DecisionLog(database, log);
  const settler = new Settler({ database, clock, log, decisionLog });
  const snapshots = new SnapshotStore({
    database,
    log,
    pollMs: config.configPollMs,
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
  const authorizer = new CallAuthorizer({ database, clock, log, settings: config, decisionLog });
  const inbox = new CdrInbox({ database, clock, log, settler });
  const unmeasured = { database, snapshots, decisionLog, settler, supervisor, authorizer, inbox };
  const metrics = createMetrics(gauges({ ...unmeasured, links }));
  return { ...unmeasured, links, metrics };
}

async function passToSupervisor(
  event: CallEvent,
  switchId: number,
  supervisor: CallSupervisor,
): Promise<void> {
  if (event.kind === 'alive' || event.kind === 'gateway') return;
  await supervisor.handle(event, switchId);
}

function makeApp(base: Foundation, parts: EngineParts) {
  const { config, log, secrets, clock } = base;
  const { metrics, snapshots, authorizer, inbox, links } = parts;
  const xml = new XmlEndpoint({
    authorizer,
    log,
    openSecret: secrets.open,
    deadlineMs: config.xmlDeadlineMs,
    onAnswer: (section, outcome) => {
      metrics.answers.inc({ section, outcome });
    },
  });
  return createApp({
    log,
    health: healthRoutes(readinessChecks(parts), metrics.registry),
    switches: switchRoutes({
      snapshot: () => snapshots.current,
      xml,
      inbox,
      log,
      xmlMaxBodyBytes: config.xmlMaxBodyBytes,
      cdrMaxBodyBytes: config.cdrMaxBodyBytes,
      onTimed: (route, seconds) => {
        metrics.answerSeconds.observe({ route }, seconds);
      },
    }),
    api: apiRouter({
      database: parts.database,
      clock,
      log,
      secrets,
      maxPageSize: config.apiMaxPage,
      liveState: { nodeId: config.nodeId, switchStatus: (switchId) => links.statusOf(switchId) },
    }),
  });
}

function readinessChecks({ snapshots, links }: EngineParts): readonly ReadinessCheck[] {
  return [
    {
      name: 'configuration',
      isRequired: true,
      problem: () => (snapshots.current === null ? 'not loaded yet' : null),
    },
    {
      // Directory, internal and inbound calls go on from memory without it.
      name: 'database',
      isRequired: false,
      problem: () => (snapshots.isStale ? 'does not answer' : null),
    },
    {
      name: 'event_sockets',
      isRequired: false,
      problem: () => {
        const away = links.statuses.filter((status) => !status.connected);
        return away.length === 0
          ? null
          : `not connected: ${away.map(({ name }) => name).join(', ')}`;
      },
    },
  ];
}

function gauges(parts: Omit<EngineParts, 'metrics'>): readonly GaugeSource[] {
  const { database, snapshots, decisionLog, settler, supervisor, authorizer, inbox, links } = parts;
  const perSwitch = (value: (status: (typeof links.statuses)[number]) => number) =>
    new Map(links.statuses.map((status) => [status.name, value(status)]));
  const gauge = (name: string, help: string, read: GaugeSource['read'], label?: string) => ({
    name: `ringledger_${name}`,
    help,
    read,
    ...(label === undefined ? {} : { label }),
  });
  return [
    gauge('running_legs', 'Answered legs this node watches.', () => supervisor.runningLegs),
    gauge('decisions_waiting', 'Paid calls waiting for their hold.', () => authorizer.waiting),
    gauge('settlements_waiting', 'Final reports waiting to be settled.', () => settler.waiting),
    gauge('cdr_posts_waiting', 'CDR posts waiting to be committed.', () => inbox.waiting),
    gauge('free_decisions_waiting', 'Decisions not stored yet.', () => decisionLog.waiting),
    gauge('free_decisions_dropped', 'Decisions given up on.', () => decisionLog.dropped),
    gauge(
      'final_reports',
      'Final reports by what became of them.',
      () => new Map(Object.entries(settler.counts)),
      'outcome',
    ),
    gauge('deck_rows', 'Rates in memory per sheet.', () => deckSizes(snapshots), 'sheet'),
    gauge('configuration_stale', '1 while the database does not answer.', () =>
      snapshots.isStale ? 1 : 0,
    ),
    gauge('database_connections', 'Open database connections.', () => database.poolSize().open),
    gauge(
      'switch_connected',
      'Event socket per FreeSWITCH server.',
      () => perSwitch(({ connected }) => (connected ? 1 : 0)),
      'switch',
    ),
    gauge(
      'switch_event_queue',
      'Events read and not yet handled.',
      () => perSwitch(({ queueDepth }) => queueDepth),
      'switch',
    ),
  ];
}

function deckSizes(snapshots: SnapshotStore): ReadonlyMap<string, number> {
  return new Map([...snapshots.deckSizes].map(([id, rows]) => [String(id), rows]));
}

async function listen(server: Server, config: Config): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: config.httpPort, host: config.httpHost, backlog: 4096 }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : config.httpPort;
}

function jobsOf(base: Foundation, parts: EngineParts) {
  const { config, log, clock } = base;
  const { database, settler, supervisor, inbox, links } = parts;
  const { orphanGraceS, maxCallS } = config;
  return [
    { name: 'sweep-inbox', everyS: 2, run: () => inbox.sweep() },
    { name: 'retry-reports', everyS: 2, run: () => supervisor.retryUnsettled() },
    {
      name: 'reap-calls',
      everyS: config.reaperIntervalS,
      run: async () => {
        for (const { switchId, commands } of links.connected) {
          const options = { database, clock, log, settler, supervisor, orphanGraceS };
          // A switch that does not answer must not keep the others and the reaper from their work.
          await reconcileSwitch(options, switchId, commands).catch((error: unknown) => {
            log.warn({ err: error, switchId }, 'open calls could not be compared with the switch');
          });
        }
        await reapCalls({ database, clock, log, settler, maxCallS, orphanGraceS });
      },
    },
  ];
}

async function stopEngine(
  parts: EngineParts,
  server: Server,
  scheduler: Scheduler | null,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await scheduler?.stop();
  parts.links.stop();
  await closed;
  await parts.authorizer.drain();
  await parts.inbox.drain();
  await parts.supervisor.drain();
  await parts.decisionLog.flush();
  parts.decisionLog.stop();
  await parts.settler.drain();
  parts.snapshots.stop();
  await parts.database.close();
}
