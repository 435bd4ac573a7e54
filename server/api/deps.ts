import type { AdminDeps } from '../admin/context.js';
import type { RouteTestDeps } from '../what-if/test-route.js';

/** The two lines of a log this room writes. */
export interface ApiLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What this node knows about a switch from its own connection to it. */
export interface SwitchStatus {
  readonly connected: boolean;
  /** Epoch ms of the last change of `connected`; null when it never was. */
  readonly sinceMs: number | null;
  readonly coreUuid: string | null;
  readonly lastEventMs: number | null;
  readonly lastError: string | null;
  readonly gateways: readonly { readonly name: string; readonly state: string }[];
}

/** The running node, as far as the API shows it. */
export interface LiveState {
  /** Names the node in answers, since another may know something else. */
  readonly nodeId: string;
  /** Undefined when this node has no connection to that switch at all. */
  switchStatus(switchId: number): SwitchStatus | undefined;
}

export interface ApiDeps extends AdminDeps {
  readonly log: ApiLog;
  readonly liveState: LiveState;
  /** Most rows a page may hold; 200 when unset. */
  readonly maxPageSize?: number;
  /** Most bytes of an uploaded file; 1 GiB when unset. */
  readonly maxUploadBytes?: number;
  /** Where uploaded files wait for the background worker; absent where none is run. */
  readonly uploadFolder?: string;
  /** Wakes the background worker after a request left something for it to do. */
  pokeJobs?(): void;
  /** What the node decides calls with; absent where none is run. */
  readonly routeTests?: NodeForRouteTests;
}

export interface NodeForRouteTests extends Pick<RouteTestDeps, 'settings' | 'live'> {
  /** As it is at the moment; null before the first load. */
  snapshot(): RouteTestDeps['snapshot'];
}
