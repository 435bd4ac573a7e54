const ZERO_CODE = 48;
const DIGITS = 10;
/** Bits of a node's header: one for each digit that leads on, then whether it has a value. */
const DIGIT_BITS = (1 << DIGITS) - 1;
/** A prefix has 0 to 15 digits; one more place is written to in passing. */
export const MATCHES_ROOM = 17;

/** How many bits are set in a number of ten bits. */
const BITS_SET = Uint8Array.from({ length: DIGIT_BITS + 1 }, (_, bits) => bitsSet(bits));

function bitsSet(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

/** How many digits lead on from a node with this header. */
export function branchesOf(header: number): number {
  return BITS_SET[header & DIGIT_BITS] ?? 0;
}

/**
 * A trie over decimal digits in its final form, in two arrays that another thread can take over.
 *
 * `slots` holds nodes, the root first. A node is its header, its value where it has one, then one
 * slot for each digit that leads on, in ascending order: the place of the next node, or a leaf as the
 * bitwise complement of its value. Each branch lies together.
 *
 * `jump` says for each choice of the first few digits where to go on, so that the upper levels, which
 * a big release spreads over much memory, are not walked: the place of a record in `slots`, which is
 * a count, as many values of shorter prefixes, and right behind them the node, without any digits
 * where the trie ends there. Where it ends and the longest prefix's value settles the matter, the
 * entry is that value itself, as its bitwise complement, and `slots` need not be read.
 */
export class PackedTrie {
  private readonly slots: Int32Array;
  private readonly jump: Int32Array;
  private readonly jumpDigits: number;

  /** Takes the arrays of `packTrie`; `jump` has ten to the power of its digits entries. */
  constructor(slots: Int32Array, jump: Int32Array) {
    this.slots = slots;
    this.jump = jump;
    this.jumpDigits = String(jump.length).length - 1;
  }

  /**
   * Writes the values of all prefixes of `number` into `matches`, which has room for `MATCHES_ROOM`,
   * shortest first, and returns how many there are; only the longest one's where that settles the
   * matter and not all are wanted. Stops at the first character that is no digit. Allocates nothing.
   */
  match(number: string, matches: Int32Array, wantsAll: boolean): number {
    const { slots } = this;
    const entry = this.entryOf(number);
    let node = 0;
    let count = 0;
    let at = 0;
    const record = entry < 0 ? 0 : (this.jump[entry] ?? 0);
    if (record < 0 && !wantsAll) {
      matches[0] = ~record;
      return 1;
    }
    // The root is at 0: for a short number, and where the values on the way are not recorded.
    if (record > 0) {
      const known = slots[record] ?? 0;
      while (count < known) {
        matches[count] = slots[record + 1 + count] ?? 0;
        count += 1;
      }
      node = record + 1 + known;
      at = this.jumpDigits;
    }
    for (; ; at += 1) {
      const header = slots[node] ?? 0;
      const valued = header >> DIGITS;
      // Written also where the node has no value, and then written over: a branch would cost more.
      matches[count] = slots[node + 1] ?? 0;
      count += valued;
      // Past the end this is NaN, which no comparison holds for.
      const digit = number.charCodeAt(at) - ZERO_CODE;
      if (!(digit >= 0 && digit < DIGITS)) return count;
      const bit = 1 << digit;
      if ((header & bit) === 0) return count;
      const slot = slots[node + 1 + valued + (BITS_SET[header & (bit - 1)] ?? 0)] ?? 0;
      if (slot < 0) {
        matches[count] = ~slot;
        return count + 1;
      }
      node = slot;
    }
  }

  /** The entry of `jump` for a number, or -1 when it is too short or has something else in it. */
  private entryOf(number: string): number {
    let entry = 0;
    for (let at = 0; at < this.jumpDigits; at += 1) {
      const digit = number.charCodeAt(at) - ZERO_CODE;
      if (!(digit >= 0 && digit < DIGITS)) return -1;
      entry = entry * DIGITS + digit;
    }
    return entry;
  }
}
