import type { Database } from '../../db/client.js';
import { loadActiveKeys, readAccessVersion } from '../../db/repositories/admin/api-keys.js';
import { sha256 } from '../secrets.js';
import type { Clock } from '../clock.js';

export interface KnownKey {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** A revoked key must stop working within a second on every node; this leaves time for the query. */
const CHECK_EVERY_MS = 500;
/** A key nobody knows may have been made a moment ago, but must not become a query per guess. */
const RECHECK_UNKNOWN_MS = 50;

/**
 * The active keys, all in memory under their hashes, so that a guessed key costs no query. The version
 * of the area `access` says when they must be read again.
 */
export class AccessKeys {
  #keys: ReadonlyMap<string, KnownKey> = new Map();
  #version = -1;
  #checkedMs = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Undefined for a key that does not exist or was revoked. */
  async find(key: string): Promise<KnownKey | undefined> {
    const hash = sha256(key);
    await this.#refresh(CHECK_EVERY_MS);
    const known = this.#keys.get(hash);
    if (known !== undefined) return known;
    await this.#refresh(RECHECK_UNKNOWN_MS);
    return this.#keys.get(hash);
  }

  /** Many requests that come together share one check. */
  async #refresh(maxAgeMs: number): Promise<void> {
    const age = this.clock.nowMs() - this.#checkedMs;
    // A clock that was set back must not keep a revoked key alive.
    if (age >= 0 && age < maxAgeMs) return;
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    await this.#checking;
  }

  async #check(): Promise<void> {
    const startedMs = this.clock.nowMs();
    const version = await readAccessVersion(this.database.orm);
    if (version !== this.#version) {
      const rows = await loadActiveKeys(this.database.orm);
      this.#keys = new Map(
        rows.map((row) => [
          row.keyHash,
          { id: row.id, name: row.name, scopes: scopesOf(row.scopes) },
        ]),
      );
      this.#version = version;
    }
    this.#checkedMs = startedMs;
  }
}

function scopesOf(stored: unknown): readonly string[] {
  return Array.isArray(stored) ? stored.filter((scope) => typeof scope === 'string') : [];
}

/** The key of `Authorization: Bearer KEY`; undefined when there is none that could be one. */
export function bearerKey(header: string | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]{8,200})$/i.exec(header ?? '')?.[1];
}
