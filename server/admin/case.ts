/**
 * The world outside writes `credit_limit`, the code writes `creditLimit`. These change one into the
 * other, for values and for types, so that no resource lists its fields twice.
 */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

export type CamelKeys<T> = T extends Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly CamelKeys<Item>[]
    : T extends object
      ? { [K in keyof T as CamelCase<K & string>]: CamelKeys<T[K]> }
      : T;

export function toCamel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Columns begin a word with each capital: `a1Hash` is `a1_hash`. A name all in capitals is somebody
 * else's word, such as a hangup cause, and stays as it is.
 */
export function toSnake(name: string): string {
  if (/^[A-Z][A-Z0-9_]+$/.test(name)) return name;
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Renames the keys at every depth; members that are undefined are left out. */
export function camelKeys<T>(value: T): CamelKeys<T> {
  // The walk does at run time exactly what CamelKeys says about the type.
  return renamed(value, toCamel) as CamelKeys<T>;
}

export function snakeKeys(value: unknown): unknown {
  return renamed(value, toSnake);
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [rename(name), renamed(member, rename)]),
  );
}
