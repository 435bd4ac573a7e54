import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import type { LiveFacts } from '../../server/calls/live-facts.js';
import type { RoutingNumbers } from '../../server/calls/routing-numbers.js';
import { CallAuthorizer, creditLimitOf } from '../../server/calls/authorize-call.js';
import type { AuthorizeSettings } from '../../server/calls/authorize-call.js';
import { DecisionLog } from '../../server/calls/decision-log.js';
import { Settler } from '../../server/calls/settler.js';
import { CallSupervisor } from '../../server/calls/supervisor.js';
import type { LegCommands, SuperviseSettings } from '../../server/calls/supervisor.js';
import { CdrInbox } from '../../server/cdr/cdr-inbox.js';
import type { BreachRecorder } from '../../server/guards/breach-recorder.js';
import type { Clock } from '../../server/clock.js';
import { DurableWriter } from '../../server/spool/durable-writer.js';
import type { Spool } from '../../server/spool/spool.js';
import type { Snapshot } from '../../server/snapshot/snapshot.js';
import { quietLog } from './quiet-log.js';
import { authorizeSettings } from './requests.js';

export interface CallNode {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: AuthorizeSettings & SuperviseSettings;
  readonly decisionLog: DecisionLog;
  readonly authorizer: CallAuthorizer;
  readonly settler: Settler;
  readonly supervisor: CallSupervisor;
  readonly inbox: CdrInbox;
  readonly writer: DurableWriter;
  /** Finishes what is under way. */
  drain(): Promise<void>;
}

export interface CallNodeOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly snapshot: Snapshot;
  readonly log?: Logger;
  /** Where what the database does not take goes; unset, it is refused. */
  readonly spool?: Spool;
  readonly settings?: Partial<AuthorizeSettings & SuperviseSettings>;
  readonly live?: LiveFacts;
  readonly routingNumbers?: Pick<RoutingNumbers, 'find'>;
  readonly breaches?: Pick<BreachRecorder, 'add'>;
  /** What reaches the switch; null while it is out of reach. */
  readonly commands?: () => LegCommands | null;
}

/** The call parts of one engine node on a database that others may share. */
export function makeNode(options: CallNodeOptions): CallNode {
  const { database, clock, snapshot } = options;
  const log = options.log ?? quietLog;
  const margins = { holdExtendMarginS: 30, limitWarningS: 10 };
  const settings = { ...authorizeSettings, ...margins, ...options.settings };
  const writer = new DurableWriter({ database, spool: options.spool ?? null, log });
  const decisionLog = new DecisionLog(database, log, writer);
  const settler = new Settler({ database, clock, log, decisionLog });
  const inbox = new CdrInbox({ database, clock, log, settler, writer });
  const supervisor = new CallSupervisor({
    database,
    log,
    settings,
    settler,
    decisionLog,
    commandsOf: () => options.commands?.() ?? null,
    creditLimitOf: (payer) => creditLimitOf(payer, snapshot),
    keepForLater: (report, switchId) => inbox.keep(report, switchId),
  });
  const authorizer = new CallAuthorizer({
    database,
    clock,
    log,
    settings,
    decisionLog,
    ...(options.live === undefined ? {} : { live: options.live }),
    ...(options.breaches === undefined ? {} : { breaches: options.breaches }),
    ...(options.routingNumbers === undefined ? {} : { routingNumbers: options.routingNumbers }),
  });
  const drain = async (): Promise<void> => {
    await authorizer.drain();
    await writer.drain();
    await supervisor.drain();
    await decisionLog.flush();
    await settler.drain();
  };
  return {
    database,
    clock,
    log,
    settings,
    decisionLog,
    authorizer,
    settler,
    supervisor,
    inbox,
    writer,
    drain,
  };
}
