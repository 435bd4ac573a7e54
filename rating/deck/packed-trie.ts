import type { DigitTrie } from './digit-trie.js';

const ZERO_CODE = 48;
const DIGITS = 10;
/** Bits of a node's header: one for each digit that leads on, then whether it has a value. */
const DIGIT_BITS = (1 << DIGITS) - 1;
const VALUE_BIT = 1 << DIGITS;
/** The longest prefix is 15 digits; the empty prefix is one more. */
export const MAX_MATCHES = 16;

/** How many bits are set in a number of ten bits. */
const BITS_SET = Uint8Array.from({ length: DIGIT_BITS + 1 }, (_, bits) => {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
});

/**
 * Writes the values of all prefixes of `number` into `matches`, shortest first, and returns how many
 * there are. Stops at the first character that is no digit. Allocates nothing.
 *
 * `slots` is what {@link packTrie} made: a node is its header, its value where it has one, then one
 * slot for each digit that leads on, in ascending order: the place of the next node, or a leaf as the
 * bitwise complement of its value.
 */
export function matchAll(slots: Int32Array, number: string, matches: Int32Array): number {
  let node = 0;
  let count = 0;
  for (let at = 0; ; at += 1) {
    const header = slots[node] ?? 0;
    const valued = header >> DIGITS;
    if (valued === 1) matches[count++] = slots[node + 1] ?? 0;
    // Past the end this is NaN, which no comparison holds for.
    const digit = number.charCodeAt(at) - ZERO_CODE;
    if (!(digit >= 0 && digit < DIGITS)) return count;
    const bit = 1 << digit;
    if ((header & bit) === 0) return count;
    const slot = slots[node + 1 + valued + (BITS_SET[header & (bit - 1)] ?? 0)] ?? 0;
    if (slot < 0) {
      matches[count++] = ~slot;
      return count;
    }
    node = slot;
  }
}

/**
 * The trie in its final form: nodes take only the slots they use, each branch lies together, and the
 * whole is one array that another thread can take over. About a quarter of the growing form.
 */
export function packTrie(trie: DigitTrie): Int32Array {
  const slots = new Int32Array(packedLength(trie));
  let end = 0;
  const write = (node: number): number => {
    const place = end;
    const value = trie.valueAt(node);
    let header = value < 0 ? 0 : VALUE_BIT;
    if (value >= 0) slots[place + 1] = value;
    const first = place + (value < 0 ? 1 : 2);
    for (let digit = 0; digit < DIGITS; digit += 1) {
      if (trie.slotAt(node, digit) !== 0) header |= 1 << digit;
    }
    slots[place] = header;
    end = first + (BITS_SET[header & DIGIT_BITS] ?? 0);
    let at = first;
    for (let digit = 0; digit < DIGITS; digit += 1) {
      const slot = trie.slotAt(node, digit);
      if (slot !== 0) slots[at++] = slot < 0 ? slot : write(slot);
    }
    return place;
  };
  write(trie.root);
  return slots;
}

function packedLength(trie: DigitTrie): number {
  let length = 0;
  for (let node = trie.root; node < trie.endNode; node += 1) {
    length += trie.valueAt(node) < 0 ? 1 : 2;
    for (let digit = 0; digit < DIGITS; digit += 1) {
      if (trie.slotAt(node, digit) !== 0) length += 1;
    }
  }
  return length;
}
