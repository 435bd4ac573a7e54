/** Knows whether anything is broken just now, so that what is said in quiet times surely arrived. */
export class Trouble {
  #active = 0;
  #lastMs = 0;

  begin(): void {
    this.#active += 1;
    this.#lastMs = Date.now();
  }

  end(): void {
    this.#active -= 1;
    this.#lastMs = Date.now();
  }

  /** True when nothing was broken since this moment of the machine's clock in ms, nor is now. */
  isQuietSince(atMs: number): boolean {
    return this.#active === 0 && this.#lastMs < atMs;
  }
}
