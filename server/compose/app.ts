import type { Express } from 'express';
import { apiRouter } from '../api/router.js';
import { createApp } from '../http/app.js';
import { healthRoutes } from '../http/health-routes.js';
import { switchRoutes } from '../http/switch-routes.js';
import { XmlEndpoint } from '../xml-curl/xml-endpoint.js';
import { readinessChecks } from './observe.js';
import { uploadFolderOf } from './stores.js';
import type { EngineParts, Foundation } from './types.js';

/** The HTTP side of the parts. */
export function makeApp(base: Foundation, parts: EngineParts): Express {
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
      database: parts.apiDatabase,
      clock,
      log,
      secrets,
      maxPageSize: config.apiMaxPage,
      maxUploadBytes: config.uploadMaxBytes,
      uploadFolder: uploadFolderOf(config),
      pokeJobs: () => {
        parts.jobs?.poke();
      },
      routeTests: { settings: config, live: parts.live, snapshot: () => snapshots.current },
      liveState: { nodeId: config.nodeId, switchStatus: (switchId) => links.statusOf(switchId) },
    }),
  });
}
