/**
 * A trie over decimal digits that grows while a release is read, in one Int32Array. A slot holds 0
 * (nothing), a positive inner node number, or a leaf: the bitwise complement of the value stored
 * there. Most prefixes of a rate sheet have nothing below them, so leaves cost four bytes instead of
 * a node. Look-ups go to the packed form, see `packTrie`.
 */

const STRIDE = 11;
/** Place of a node's own value, stored plus one so that 0 means none. */
const VALUE = 10;
const ROOT = 1;
const ZERO_CODE = 48;

export class DigitTrie {
  readonly root = ROOT;
  private slots = new Int32Array(STRIDE * 64);
  private nodes = 2;

  /** One more than the highest node number. */
  get endNode(): number {
    return this.nodes;
  }

  /** What is behind a digit of a node: 0, an inner node, or the complement of a leaf's value. */
  slotAt(node: number, digit: number): number {
    return this.slots[node * STRIDE + digit] ?? 0;
  }

  /** A node's own value, or -1. */
  valueAt(node: number): number {
    return (this.slots[node * STRIDE + VALUE] ?? 0) - 1;
  }

  /** The value stored for exactly this prefix, or -1. */
  get(prefix: string): number {
    let node = ROOT;
    for (let at = 0; at < prefix.length; at += 1) {
      const slot = this.slotAt(node, prefix.charCodeAt(at) - ZERO_CODE);
      if (slot < 0) return at === prefix.length - 1 ? ~slot : -1;
      if (slot === 0) return -1;
      node = slot;
    }
    return this.valueAt(node);
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
