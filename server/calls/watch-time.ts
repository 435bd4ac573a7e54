/**
 * For how long this node and its database have been there without a break to take reports. What is
 * gone from a switch gets time for its report, and that time counts only while somebody could take it:
 * after an outage, however long, switches may still have to post what ended meanwhile.
 */
export class WatchTime {
  #sinceUs = 0;
  #lastUs: number | null = null;

  /**
   * Notes a look at the database that succeeded, and says whether the looks before it go back without
   * a break for all of `graceUs`. Two looks that are more than half of it apart, or that go back in
   * time, are a break.
   */
  look({ nowUs, graceUs }: { readonly nowUs: number; readonly graceUs: number }): boolean {
    const gapUs = this.#lastUs === null ? Infinity : nowUs - this.#lastUs;
    if (gapUs < 0 || gapUs > graceUs / 2) this.#sinceUs = nowUs;
    this.#lastUs = nowUs;
    return nowUs - this.#sinceUs >= graceUs;
  }
}
