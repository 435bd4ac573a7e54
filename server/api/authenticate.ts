import { setTimeout as pause } from 'node:timers/promises';
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
/** Between two checks for keys nobody knows, so that guesses do not become queries one by one. */
const PAUSE_MS = 50;

/**
 * The active keys, all in memory under their hashes, so that a guessed key costs no look-up of its
 * own. The version of the area `access` says when they must be read again.
 */
export class AccessKeys {
  #keys: ReadonlyMap<string, KnownKey> = new Map();
  #version = -1;
  #checkedMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();
  /** A check that has not begun yet, so it will see everything committed until now. */
  #scheduled: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Undefined for a key that does not exist or was revoked. */
  async find(key: string): Promise<KnownKey | undefined> {
    const hash = sha256(key);
    const age = this.clock.nowMs() - this.#checkedMs;
    // A clock that was set back must not keep a revoked key alive.
    if (age < 0 || age >= CHECK_EVERY_MS) await this.#check();
    const known = this.#keys.get(hash);
    if (known !== undefined) return known;
    // It may have been made a moment ago.
    await this.#check();
    return this.#keys.get(hash);
  }

  /** One check at a time, and requests that come together share the next one. */
  #check(): Promise<void> {
    this.#scheduled ??= this.#begin(this.#running);
    return this.#scheduled;
  }

  async #begin(running: Promise<void>): Promise<void> {
    // Whoever waits for that one is told of its failure; this one only comes after it.
    await running.catch(() => undefined);
    const age = this.clock.nowMs() - this.#checkedMs;
    if (age >= 0 && age < PAUSE_MS) await pause(PAUSE_MS - age);
    this.#scheduled = null;
    this.#running = this.#read();
    await this.#running;
  }

  async #read(): Promise<void> {
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
