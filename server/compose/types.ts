import type { Logger } from 'pino';
import type { Database } from '../../db/client.js';
import type { CallAuthorizer } from '../calls/authorize-call.js';
import type { CarrierCredit } from '../calls/carrier-credit.js';
import type { DecisionLog } from '../calls/decision-log.js';
import type { LiveFacts } from '../calls/live-facts.js';
import type { Settler } from '../calls/settler.js';
import type { CallSupervisor } from '../calls/supervisor.js';
import type { WatchTime } from '../calls/watch-time.js';
import type { CdrInbox } from '../cdr/cdr-inbox.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import type { BreachRecorder } from '../guards/breach-recorder.js';
import type { BackgroundJobs } from '../jobs/background.js';
import type { Metrics } from '../metrics.js';
import type { Watchers } from '../notices/watchers.js';
import type { ParkedCalls } from '../parked/parked-calls.js';
import type { QualityStore } from '../quality/quality-store.js';
import type { Secrets } from '../secrets.js';
import type { SnapshotStore } from '../snapshot/snapshot-store.js';
import type { DurableWriter } from '../spool/durable-writer.js';
import type { Spool } from '../spool/spool.js';
import type { SwitchLinks } from '../switches/switch-links.js';

/** Where a node's memory is: the database, and its disk while that is away. */
export interface Stores {
  readonly database: Database;
  /** The same database over connections of its own. */
  readonly apiDatabase: Database;
  readonly spool: Spool;
  readonly writer: DurableWriter;
  readonly decisionLog: DecisionLog;
  readonly breaches: BreachRecorder;
}

/** What a node is made of; tests look inside. */
export interface EngineParts extends Stores {
  readonly snapshots: SnapshotStore;
  readonly settler: Settler;
  readonly supervisor: CallSupervisor;
  /** How long this node has been there to take reports. */
  readonly watch: WatchTime;
  readonly authorizer: CallAuthorizer;
  readonly inbox: CdrInbox;
  readonly links: SwitchLinks;
  readonly parked: ParkedCalls;
  readonly watchers: Watchers;
  readonly quality: QualityStore;
  readonly credit: CarrierCredit;
  readonly live: LiveFacts;
  /** Null on a node that leaves them to others. */
  readonly jobs: BackgroundJobs | null;
  readonly metrics: Metrics;
}

export interface Foundation {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly secrets: Secrets;
}
