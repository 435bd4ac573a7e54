import { createHash } from 'node:crypto';

/**
 * A number drawn from a key: the same for one key on every node, so that a repeated fetch finds the
 * routes in the order of the first.
 */
export function seedOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0);
}
