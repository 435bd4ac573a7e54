import type { DigitTrie } from './digit-trie.js';
import { branchesOf } from './packed-trie.js';

const DIGITS = 10;
const VALUE_BIT = 1 << DIGITS;
const MAX_JUMP_DIGITS = 7;
/** A node with its header, its value and every digit. */
const NODE_ROOM = DIGITS + 2;
const NO_VALUES: readonly number[] = [];

/** The two arrays of a `PackedTrie`, which explains them. */
export interface PackedTrieArrays {
  readonly slots: Int32Array;
  readonly jump: Int32Array;
}

/** As many digits as keep `jump` no longer than the release has rows: at most four bytes a row. */
export function jumpDigitsFor(rows: number): number {
  return Math.min(Math.max(String(rows).length - 1, 1), MAX_JUMP_DIGITS);
}

/**
 * Brings a finished trie into the form that look-ups use; `jumpDigits` is 1 or more, and `convert`
 * gives what to keep for a value, 0 or more. `settles` says of what is kept whether nothing shorter
 * needs to be looked at once it was found.
 */
export function packTrie(
  trie: DigitTrie,
  jumpDigits: number,
  convert: (value: number) => number,
  settles: (kept: number) => boolean,
): PackedTrieArrays {
  return new TriePacker(trie, jumpDigits, convert, settles).pack();
}

class TriePacker {
  private readonly trie: DigitTrie;
  private readonly jumpDigits: number;
  private readonly convert: (value: number) => number;
  private readonly settles: (kept: number) => boolean;
  private readonly jump: Int32Array;
  private slots: Int32Array;
  private end = 0;

  constructor(
    trie: DigitTrie,
    jumpDigits: number,
    convert: (value: number) => number,
    settles: (kept: number) => boolean,
  ) {
    this.trie = trie;
    this.settles = settles;
    this.jumpDigits = jumpDigits;
    this.convert = convert;
    this.jump = new Int32Array(DIGITS ** jumpDigits);
    this.slots = new Int32Array(trie.endNode * 4 + NODE_ROOM);
  }

  pack(): PackedTrieArrays {
    this.writeNode(this.trie.root, 0, 0, NO_VALUES);
    return { slots: this.slots.slice(0, this.end), jump: this.jump };
  }

  /**
   * Writes a node and all below it, and returns its place. `entry` is the first entry of `jump` whose
   * digits begin with the path to the node, `values` what the prefixes above it have; both are looked
   * at as far as `jump` reaches.
   */
  private writeNode(node: number, depth: number, entry: number, values: readonly number[]): number {
    if (depth === this.jumpDigits) this.jump[entry] = this.writeValues(values);
    const place = this.end;
    const row = this.trie.valueAt(node);
    const value = row < 0 ? row : this.convert(row);
    let slot = this.writeHeader(node, value);
    if (depth >= this.jumpDigits) {
      for (let digit = 0; digit < DIGITS; digit += 1) {
        const below = this.trie.slotAt(node, digit);
        if (below === 0) continue;
        const next =
          below < 0 ? ~this.convert(~below) : this.writeNode(below, depth + 1, 0, NO_VALUES);
        this.slots[slot++] = next;
      }
      return place;
    }
    const known = value < 0 ? values : [...values, value];
    const width = DIGITS ** (this.jumpDigits - depth - 1);
    let endHere: number | null = null;
    for (let digit = 0; digit < DIGITS; digit += 1) {
      const below = this.trie.slotAt(node, digit);
      const first = entry + digit * width;
      if (below > 0) {
        const next = this.writeNode(below, depth + 1, first, known);
        this.slots[slot++] = next;
      } else if (below < 0) {
        const leaf = this.convert(~below);
        this.slots[slot++] = ~leaf;
        this.jump.fill(this.writeEnd([...known, leaf]), first, first + width);
      } else {
        endHere ??= this.writeEnd(known);
        this.jump.fill(endHere, first, first + width);
      }
    }
    return place;
  }

  /** Writes a node's header and value, leaves room for its digits, and returns their place. */
  private writeHeader(node: number, value: number): number {
    this.reserve(NODE_ROOM);
    let header = value < 0 ? 0 : VALUE_BIT;
    for (let digit = 0; digit < DIGITS; digit += 1) {
      if (this.trie.slotAt(node, digit) !== 0) header |= 1 << digit;
    }
    this.slots[this.end++] = header;
    if (value >= 0) this.slots[this.end++] = value;
    const first = this.end;
    this.end += branchesOf(header);
    return first;
  }

  /**
   * The entry of a path that leads nowhere further: its last value where that settles the matter,
   * else the place of a record, which is written: its values and an empty node.
   */
  private writeEnd(values: readonly number[]): number {
    const last = values.at(-1);
    if (last !== undefined && this.settles(last)) return ~last;
    const place = this.writeValues(values);
    this.slots[this.end++] = 0;
    return place;
  }

  private writeValues(values: readonly number[]): number {
    this.reserve(values.length + 2);
    const place = this.end;
    this.slots[this.end++] = values.length;
    for (const value of values) this.slots[this.end++] = value;
    return place;
  }

  private reserve(room: number): void {
    if (this.end + room <= this.slots.length) return;
    const larger = new Int32Array(Math.ceil(this.slots.length * 1.5) + room);
    larger.set(this.slots);
    this.slots = larger;
  }
}
