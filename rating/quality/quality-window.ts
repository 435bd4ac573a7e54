import type { RouteQuality } from '../lcr/types.js';
import { CountColumns } from './count-columns.js';
import { toRouteQuality } from './counts.js';
import { ALL_GATEWAYS, WIDTHS } from './quality-nodes.js';
import type { QualityNodes } from './quality-nodes.js';
import { qualityPrefix } from './slice.js';

/** What happened in one slice: counts and, by the same index, the node of gateway and prefix. */
export interface SliceCounts {
  readonly leaves: Int32Array;
  readonly counts: CountColumns;
}

/** Sums over the slices of a window, kept up as slices come, change and go. */
export class QualityWindow {
  readonly #nodes: QualityNodes;
  readonly #sums = new CountColumns();

  constructor(nodes: QualityNodes) {
    this.#nodes = nodes;
  }

  get memoryBytes(): number {
    return this.#sums.memoryBytes;
  }

  add(slice: SliceCounts): void {
    this.#apply(slice, 1);
  }

  remove(slice: SliceCounts): void {
    this.#apply(slice, -1);
  }

  /**
   * How attempts over a gateway towards a number went: by the number's first five digits where there
   * were enough, or else by three, or else over the whole gateway; null where even those are too few.
   */
  routeQuality(gatewayId: number, number: string, minAttempts: number): RouteQuality | null {
    const enough = Math.max(1, minAttempts);
    for (const width of WIDTHS) {
      const node = this.#nodes.find(gatewayId, number, width);
      if (node < 0 || this.#sums.attemptsAt(node) < enough) continue;
      return toRouteQuality(this.#sums.countsAt(node), qualityPrefix(number).slice(0, width));
    }
    return null;
  }

  /**
   * Whole seconds that answered calls to a number last on average over all gateways, at least 1: by
   * the narrowest digits with enough answered calls, or null. Only answered calls have a length.
   */
  averageCallS(number: string, minAnswered: number): number | null {
    const enough = Math.max(1, minAnswered);
    for (const width of WIDTHS) {
      const node = this.#nodes.find(ALL_GATEWAYS, number, width);
      if (node < 0 || this.#sums.answeredAt(node) < enough) continue;
      const { talkUs, answered } = this.#sums.countsAt(node);
      return Math.max(1, Math.round(talkUs / answered / 1e6));
    }
    return null;
  }

  #apply({ leaves, counts }: SliceCounts, sign: 1 | -1): void {
    for (const [index, leaf] of leaves.entries()) {
      for (const node of this.#nodes.summedIn(leaf)) this.#sums.add(node, counts, index, sign);
    }
  }
}
