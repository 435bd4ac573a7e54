import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { systemClock } from './clock.js';
import type { Clock } from './clock.js';
import { makeApp } from './compose/app.js';
import { makeParts } from './compose/parts.js';
import { periodicJobs } from './compose/periodic.js';
import type { EngineParts, Foundation } from './compose/types.js';
import type { Config } from './config.js';
import { Scheduler } from './scheduler/jobs.js';
import { createSecrets } from './secrets.js';

export type { EngineParts } from './compose/types.js';

/** A whole node, wired and not yet started. */
export interface Engine {
  readonly parts: EngineParts;
  /** Loads the configuration, listens and connects. Rejects when the database does not answer. */
  start(): Promise<{ readonly port: number }>;
  /** Takes no new work, finishes what it holds, closes everything. */
  stop(): Promise<void>;
}

/** The only place that makes the long-lived parts and hands them to each other. */
export function composeEngine(config: Config, log: Logger, clock: Clock = systemClock): Engine {
  const base: Foundation = { config, log, clock, secrets: createSecrets(config.secretKey) };
  const parts = makeParts(base);
  // Connections that stall are looked for as often as their limits are short.
  const server = createServer({ connectionsCheckingInterval: 2_000 }, makeApp(base, parts));
  // FreeSWITCH opens a connection per request: many may wait to be accepted at once.
  server.keepAliveTimeout = 5000;
  // Files may take long to arrive; every other body has its deadline in `http/body-deadline`.
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  // Who reads nothing of an answer, or sends nothing more of a file, for so long is gone.
  server.timeout = 120_000;
  let scheduler: Scheduler | null = null;
  return {
    parts,
    start: async () => {
      await parts.spool.open();
      // Listens first: `/readyz` tells how far the load is, and a switch is told to ask another node.
      const port = await listen(server, config);
      await Promise.all([parts.snapshots.start(), parts.quality.start(), parts.credit.start()]);
      scheduler = new Scheduler(periodicJobs(base, parts), log);
      parts.jobs?.start();
      return { port };
    },
    stop: async () => {
      await stopEngine(parts, server, scheduler, config.shutdownS);
    },
  };
}

async function listen(server: Server, config: Config): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: config.httpPort, host: config.httpHost, backlog: 4096 }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : config.httpPort;
}

async function stopEngine(
  parts: EngineParts,
  server: Server,
  scheduler: Scheduler | null,
  shutdownS: number,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const jobsEnded = parts.jobs?.stop();
  parts.watchers.stop();
  await scheduler?.stop();
  parts.parked.stop();
  parts.links.stop();
  // An upload may have minutes to go; its sender is told by the connection that it was cut.
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, shutdownS * 500);
  await closed;
  clearTimeout(cut);
  await parts.authorizer.drain();
  await parts.writer.drain();
  await parts.supervisor.drain();
  await parts.decisionLog.flush();
  await parts.breaches.stop();
  parts.decisionLog.stop();
  await parts.settler.drain();
  await parts.quality.stop();
  await parts.credit.stop();
  await parts.snapshots.stop();
  await jobsEnded;
  await parts.writer.drain();
  await parts.spool.close();
  await parts.apiDatabase.close();
  await parts.database.close();
}
