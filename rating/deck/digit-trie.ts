/**
 * A trie over decimal digits in one growing Int32Array. A slot holds 0 (nothing), a positive inner
 * node number, or a leaf: the bitwise complement of the value stored there. Most prefixes of a rate
 * sheet have nothing below them, so leaves cost four bytes instead of a node.
 */

const STRIDE = 11;
/** Place of a node's own value, stored plus one so that 0 means none. */
const VALUE = 10;
const ROOT = 1;
const ZERO_CODE = 48;
/** The longest prefix is 15 digits; the empty prefix is one more. */
export const MAX_MATCHES = 16;

export class DigitTrie {
  private slots = new Int32Array(STRIDE * 64);
  private nodes = 2;

  /** The value stored for exactly this prefix, or -1. */
  get(prefix: string): number {
    let node = ROOT;
    for (let at = 0; at < prefix.length; at += 1) {
      const slot = this.slots[node * STRIDE + prefix.charCodeAt(at) - ZERO_CODE] ?? 0;
      if (slot < 0) return at === prefix.length - 1 ? ~slot : -1;
      if (slot === 0) return -1;
      node = slot;
    }
    return (this.slots[node * STRIDE + VALUE] ?? 0) - 1;
  }

  /** Stores a value of 0 or more for a prefix of digits, replacing what was there. */
  set(prefix: string, value: number): void {
    let node = ROOT;
    const last = prefix.length - 1;
    for (let at = 0; at < last; at += 1) {
      node = this.descend(node * STRIDE + prefix.charCodeAt(at) - ZERO_CODE);
    }
    if (last < 0) {
      this.slots[ROOT * STRIDE + VALUE] = value + 1;
      return;
    }
    const place = node * STRIDE + prefix.charCodeAt(last) - ZERO_CODE;
    const slot = this.slots[place] ?? 0;
    if (slot > 0) this.slots[slot * STRIDE + VALUE] = value + 1;
    else this.slots[place] = ~value;
  }

  /**
   * Writes the values of all prefixes of `number` into `matches`, shortest first, and returns how
   * many there are. Stops at the first character that is no digit. Allocates nothing.
   */
  matchAll(number: string, matches: Int32Array): number {
    const { slots } = this;
    let node = ROOT;
    let count = 0;
    const rootValue = slots[ROOT * STRIDE + VALUE] ?? 0;
    if (rootValue > 0) matches[count++] = rootValue - 1;
    for (let at = 0; at < number.length; at += 1) {
      const digit = number.charCodeAt(at) - ZERO_CODE;
      if (digit < 0 || digit > 9) return count;
      const slot = slots[node * STRIDE + digit] ?? 0;
      if (slot === 0) return count;
      if (slot < 0) {
        matches[count++] = ~slot;
        return count;
      }
      node = slot;
      const value = slots[node * STRIDE + VALUE] ?? 0;
      if (value > 0) matches[count++] = value - 1;
    }
    return count;
  }

  /** Gives spare room back; a trie that is only read needs none. */
  trim(): void {
    this.slots = this.slots.slice(0, this.nodes * STRIDE);
  }

  get memoryBytes(): number {
    return this.slots.byteLength;
  }

  /** The inner node behind a slot; an empty slot or a leaf becomes one. */
  private descend(place: number): number {
    const slot = this.slots[place] ?? 0;
    if (slot > 0) return slot;
    const node = this.nodes;
    this.nodes += 1;
    if (this.nodes * STRIDE > this.slots.length) {
      const larger = new Int32Array(this.slots.length * 2);
      larger.set(this.slots);
      this.slots = larger;
    }
    if (slot < 0) this.slots[node * STRIDE + VALUE] = ~slot + 1;
    this.slots[place] = node;
    return node;
  }
}
