/**
 * What FreeSWITCH is told, as typed records. They hold data only: builders in this room turn them
 * into documents, and nothing here knows where the data came from.
 */

/** A directory user as one FreeSWITCH lookup needs it; secrets are present only for authentication. */
export interface DirectoryUser {
  readonly domain: string;
  readonly user: string;
  /** md5(user:domain:password) in lower-case hex. Present only when the lookup authenticates. */
  readonly a1Hash?: string;
  readonly cidr?: string;
  /** Ready dial string such as `sofia/internal/1002%acme.example`. */
  readonly dialString?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Applications our dialplan may name. Closed on purpose: never `system`, `lua`, `curl`, `eval`. */
export type DialplanApplication =
  | 'answer'
  | 'bridge'
  | 'echo'
  | 'export'
  | 'hangup'
  | 'ivr'
  | 'park'
  | 'playback'
  | 'respond'
  | 'ring_ready'
  | 'set'
  | 'sleep'
  | 'transfer'
  | 'unset';

export interface DialplanAction {
  readonly application: DialplanApplication;
  readonly data: string;
}

/** One context, one extension, no conditions: the decision was made before the document was built. */
export interface DialplanRecord {
  readonly context: string;
  readonly extension: string;
  readonly actions: readonly DialplanAction[];
}

/** One leg of a `bridge`: its `[…]` variables in order, then the endpoint. */
export interface BridgeLeg {
  /** `sofia/gateway/carrierA/4477…` or `sofia/internal/1002%acme.example`. */
  readonly endpoint: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface BridgeRecord {
  /** `{…}` variables common to all legs. */
  readonly variables: Readonly<Record<string, string>>;
  /** Tried one after the other (`|`). */
  readonly legs: readonly BridgeLeg[];
}

export interface SofiaGatewayRecord {
  readonly name: string;
  readonly proxy: string;
  readonly realm?: string;
  readonly username?: string;
  readonly password?: string;
  readonly register: boolean;
  readonly fromDomain?: string;
  readonly fromUser?: string;
  readonly expireSeconds?: number;
  readonly pingSeconds?: number;
  readonly codecs?: string;
}

export interface SofiaProfileRecord {
  /** `internal` (phones, authenticated) or `external` (carriers, by address). */
  readonly name: string;
  readonly kind: 'internal' | 'external';
  readonly sipIp: string;
  readonly rtpIp: string;
  readonly sipPort: number;
  readonly context: string;
  readonly codecs: string;
  /** Single-tenant switches force registrations into one domain. */
  readonly forceDomain?: string;
  readonly gateways: readonly SofiaGatewayRecord[];
}

export interface AclNode {
  readonly type: 'allow' | 'deny';
  readonly cidr: string;
}

export interface AclList {
  readonly name: string;
  readonly default: 'allow' | 'deny';
  readonly nodes: readonly AclNode[];
}

export interface IvrEntryRecord {
  readonly action:
    'menu-exec-app' | 'menu-sub' | 'menu-top' | 'menu-back' | 'menu-exit' | 'menu-play-sound';
  readonly digits: string;
  readonly param: string;
}

export interface IvrMenuRecord {
  readonly name: string;
  readonly greetLong: string;
  readonly greetShort: string;
  readonly invalidSound: string;
  readonly exitSound: string;
  readonly timeoutMs: number;
  readonly interDigitTimeoutMs: number;
  readonly maxFailures: number;
  readonly maxTimeouts: number;
  readonly digitLength: number;
  readonly entries: readonly IvrEntryRecord[];
}
