/** Gives equal values one small number each, so that a column can hold numbers. */
export class Interner<Value> {
  readonly values: Value[] = [];
  private readonly numbers = new Map<string | number, number>();

  /** The number of the value known under `key`; `make` is called when the key is new. */
  intern(key: string | number, make: () => Value): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.values.length;
    this.values.push(make());
    this.numbers.set(key, number);
    return number;
  }
}
