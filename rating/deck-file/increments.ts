const PAIR = /^(\d{1,6})\s*s?(?:ec)?\s*[/\-:+]\s*(\d{1,6})\s*s?(?:ec)?$/i;
const SINGLE = /^(\d{1,9})(?:\.0+)?\s*(?:s|secs?|seconds?)?$/i;

export interface Increments {
  readonly initialS: number;
  readonly nextS: number;
}

/** `60/60` is 60 and 60, `30/6` is 30 and 6, `1` is 1 and 1; null for anything else. */
export function readIncrements(cell: string): Increments | null {
  const text = cell.trim();
  const single = readSeconds(text);
  if (single !== null) return { initialS: single, nextS: single };
  const match = PAIR.exec(text);
  if (match === null) return null;
  return { initialS: Number(match[1]), nextS: Number(match[2]) };
}

/** Whole seconds: `30`, `30.0` or `30 sec`; null for anything else. */
export function readSeconds(cell: string): number | null {
  const match = SINGLE.exec(cell.trim());
  return match === null ? null : Number(match[1]);
}
