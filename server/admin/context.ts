import type { Database, Queryable } from '../../db/client.js';
import type { Clock } from '../clock.js';
import type { Secrets } from '../secrets.js';

/** What the services of this room work with. */
export interface AdminDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** True for the demo tenant only, whose phones have published passwords. */
  readonly allowWeakPasswords?: boolean;
}

/** Who asks for a change; it goes into the audit entry. */
export interface Actor {
  readonly name: string;
  /** The API key that was used; null for scripts. */
  readonly apiKeyId: number | null;
  readonly scopes: readonly string[];
  readonly requestId: string | null;
  readonly ip: string | null;
}

/** One change in progress: its transaction, and who makes it. */
export interface Change {
  readonly tx: Queryable;
  readonly deps: AdminDeps;
  readonly actor: Actor;
}

export function scriptActor(name: string): Actor {
  return { name, apiKeyId: null, scopes: ['*'], requestId: null, ip: null };
}
