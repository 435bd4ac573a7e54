import { QUALITY_PREFIX_DIGITS } from './slice.js';

/** Digits by which attempts are looked at, the narrowest first; 0 is everything. */
export const WIDTHS: readonly number[] = [QUALITY_PREFIX_DIGITS, 3, 0];

/** Stands for all gateways together; ids of real ones begin at 1. */
export const ALL_GATEWAYS = 0;

/** Above every prefix with its leading 1: `44770` is 144770, the empty prefix is 1. */
const PREFIX_CODES = 2 * 10 ** QUALITY_PREFIX_DIGITS;

/**
 * Small numbers for everything attempts are summed under: each prefix of a gateway, its three digits,
 * the whole gateway, and the same over all gateways. Sums then are flat arrays, and a look-up makes
 * no text.
 */
export class QualityNodes {
  readonly #byKey = new Map<number, number>();
  readonly #summedIn: (readonly number[])[] = [];

  get size(): number {
    return this.#byKey.size;
  }

  /** The node of a gateway and the first `width` digits of a number, or -1 where there is none. */
  find(gatewayId: number, number: string, width: number): number {
    return this.#byKey.get(keyOf(gatewayId, number, width)) ?? -1;
  }

  /** The nodes that what happens to a gateway under a prefix counts in, narrowest first, all made. */
  nodesOf(gatewayId: number, prefix: string): readonly number[] {
    const leaf = this.#make(gatewayId, prefix, QUALITY_PREFIX_DIGITS);
    return (this.#summedIn[leaf] ??= [gatewayId, ALL_GATEWAYS].flatMap((id) => [
      ...new Set(WIDTHS.map((width) => this.#make(id, prefix, width))),
    ]));
  }

  /** What the node made by `nodesOf` as its first counts in. */
  summedIn(leaf: number): readonly number[] {
    return this.#summedIn[leaf] ?? [];
  }

  #make(gatewayId: number, prefix: string, width: number): number {
    const key = keyOf(gatewayId, prefix, width);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const node = this.#byKey.size;
    this.#byKey.set(key, node);
    return node;
  }
}

function keyOf(gatewayId: number, digits: string, width: number): number {
  let code = 1;
  const length = Math.min(width, digits.length);
  for (let at = 0; at < length; at += 1) code = code * 10 + digits.charCodeAt(at) - 48;
  return gatewayId * PREFIX_CODES + code;
}
