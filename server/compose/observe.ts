import type { ReadinessCheck } from '../http/health-routes.js';
import type { GaugeSource } from '../metrics.js';
import type { EngineParts } from './types.js';

/** What a node has to have, and what is worth saying of it. */
export function readinessChecks({
  snapshots,
  links,
  spool,
}: EngineParts): readonly ReadinessCheck[] {
  return [
    {
      name: 'configuration',
      isRequired: true,
      problem: () => {
        const { missing } = snapshots;
        return missing === null ? null : `not loaded yet: ${missing}`;
      },
    },
    {
      // A sheet that cannot be read keeps its last deck; the others are not to suffer from it.
      name: 'rates',
      isRequired: false,
      problem: () => {
        const sheets = snapshots.unreadableSheets;
        return sheets.length === 0 ? null : `cannot be read: ${sheets.join(', ')}`;
      },
    },
    {
      // Directory, internal and inbound calls go on from memory without it.
      name: 'database',
      isRequired: false,
      problem: () => (snapshots.isAway ? 'does not answer' : null),
    },
    {
      name: 'spool',
      isRequired: false,
      problem: () =>
        spool.isEmpty ? null : `${String(spool.records)} reports wait on disk for the database`,
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

/** What is measured when somebody asks. */
export function gauges(parts: Omit<EngineParts, 'metrics'>): readonly GaugeSource[] {
  const { database, snapshots, decisionLog, settler, supervisor, authorizer, links } = parts;
  const { quality, jobs, watchers, writer, spool } = parts;
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
    gauge('cdr_posts_waiting', 'CDR posts waiting to be committed.', () => writer.waiting),
    gauge('spool_records', 'Reports and decisions on disk.', () => spool.records),
    gauge('spool_bytes', 'Size of those.', () => spool.bytes),
    gauge('free_decisions_waiting', 'Decisions not stored yet.', () => decisionLog.waiting),
    gauge('free_decisions_dropped', 'Decisions given up on.', () => decisionLog.dropped),
    gauge(
      'final_reports',
      'Final reports by what became of them.',
      () => new Map(Object.entries(settler.counts)),
      'outcome',
    ),
    gauge(
      'watchers',
      'What watchers found and mails they sent, since the start.',
      () => new Map(Object.entries(watchers.counts)),
      'outcome',
    ),
    gauge('deck_rows', 'Rates in memory per sheet.', () => bySheet(snapshots.deckSizes), 'sheet'),
    gauge(
      'deck_load_seconds',
      'Time the latest load of each sheet took.',
      () => bySheet(snapshots.deckLoadSeconds),
      'sheet',
    ),
    gauge('deck_bytes', 'Memory of all rates, drafts included.', () => snapshots.deckBytes),
    gauge('quality_bytes', 'Memory of what routes are judged by.', () => quality.memoryBytes),
    gauge('background_restarts', 'Times the background thread died.', () => jobs?.restarts ?? 0),
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

function bySheet(values: ReadonlyMap<number, number>): ReadonlyMap<string, number> {
  return new Map([...values].map(([id, value]) => [String(id), value]));
}
