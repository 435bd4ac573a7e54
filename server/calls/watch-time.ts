/**
 * For how long this node has been there without a break to take the reports of a switch. What is gone
 * from a switch gets time for its report, and that time counts only while somebody could take it: after
 * an outage, however long, the switch may still have to post what ended meanwhile.
 */
export class WatchTime {
  readonly #looks = new Map<string, { readonly sinceUs: number; readonly lastUs: number }>();

  /**
   * Notes a look and says whether the looks before it go back without a break for all of `graceUs`.
   * Two looks that are more than half of it apart, or that go back in time, are a break.
   */
  look(what: string, time: { readonly nowUs: number; readonly graceUs: number }): boolean {
    const { nowUs, graceUs } = time;
    const before = this.#looks.get(what);
    const gapUs = before === undefined ? Infinity : nowUs - before.lastUs;
    const isFollowed = before !== undefined && gapUs >= 0 && gapUs <= graceUs / 2;
    const sinceUs = isFollowed ? before.sinceUs : nowUs;
    this.#looks.set(what, { sinceUs, lastUs: nowUs });
    return nowUs - sinceUs >= graceUs;
  }
}
