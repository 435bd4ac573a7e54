import { CountColumns } from './count-columns.js';
import type { QualityIncrement } from './counts.js';
import { QualityNodes } from './quality-nodes.js';
import { QualityWindow } from './quality-window.js';
import type { SliceCounts } from './quality-window.js';
import { windowStartS } from './slice.js';

interface OpenWindow {
  readonly window: QualityWindow;
  /** Slices from here on are in its sums. */
  startS: number;
  isUsed: boolean;
}

/**
 * What became of attempts, slice by slice, and the sums of as many windows over it as are asked for.
 * A window is summed when it is first asked for; from then on it only takes in what changes.
 */
export class QualityHistory {
  readonly #nodes = new QualityNodes();
  readonly #slices = new Map<number, SliceCounts>();
  readonly #windows = new Map<number, OpenWindow>();
  #asOfS: number;

  /** `asOfS` is where windows end until {@link advance} moves it. */
  constructor(asOfS: number) {
    this.#asOfS = asOfS;
  }

  /** Slices held, ascending. */
  get sliceStarts(): readonly number[] {
    return [...this.#slices.keys()].sort((first, second) => first - second);
  }

  get memoryBytes(): number {
    let bytes = 0;
    for (const { leaves, counts } of this.#slices.values()) {
      bytes += leaves.byteLength + counts.memoryBytes;
    }
    for (const { window } of this.#windows.values()) bytes += window.memoryBytes;
    return bytes;
  }

  /** Puts what is known of a slice in the place of what was known of it before. */
  replaceSlice(sliceS: number, rows: readonly QualityIncrement[]): void {
    const fresh = this.#toSlice(rows);
    const old = this.#slices.get(sliceS);
    for (const { window, startS } of this.#windows.values()) {
      if (sliceS < startS) continue;
      if (old !== undefined) window.remove(old);
      window.add(fresh);
    }
    if (rows.length === 0) this.#slices.delete(sliceS);
    else this.#slices.set(sliceS, fresh);
  }

  /**
   * Moves the end of all windows on and forgets slices that begin before `keepFromS`. Windows that
   * nobody asked for since the last time a slice ran out are closed.
   */
  advance(asOfS: number, keepFromS: number): void {
    this.#asOfS = asOfS;
    for (const [windowH, open] of this.#windows) {
      const startS = windowStartS(asOfS, windowH);
      if (startS === open.startS) continue;
      if (startS < open.startS || !open.isUsed) this.#windows.delete(windowH);
      else this.#slide(open, startS);
    }
    for (const sliceS of this.#slices.keys()) {
      if (sliceS < keepFromS) this.replaceSlice(sliceS, []);
    }
  }

  /** The sums of the last so many hours. */
  window(windowH: number): QualityWindow {
    const known = this.#windows.get(windowH);
    if (known !== undefined) {
      known.isUsed = true;
      return known.window;
    }
    const window = new QualityWindow(this.#nodes);
    const startS = windowStartS(this.#asOfS, windowH);
    for (const [sliceS, slice] of this.#slices) if (sliceS >= startS) window.add(slice);
    this.#windows.set(windowH, { window, startS, isUsed: true });
    return window;
  }

  #slide(open: OpenWindow, startS: number): void {
    for (const [sliceS, slice] of this.#slices) {
      if (sliceS >= open.startS && sliceS < startS) open.window.remove(slice);
    }
    open.startS = startS;
    open.isUsed = false;
  }

  #toSlice(rows: readonly QualityIncrement[]): SliceCounts {
    const leaves = new Int32Array(rows.length);
    const counts = new CountColumns(rows.length);
    for (const [index, row] of rows.entries()) {
      leaves[index] = this.#nodes.nodesOf(row.gatewayId, row.prefix)[0] ?? 0;
      counts.set(index, row);
    }
    return { leaves, counts };
  }
}
