/**
 * Columns lined up with two blanks between them. Those named in `numeric` are moved to the right, as
 * figures are compared by their last digits.
 */
export function alignedTable(
  rows: readonly (readonly string[])[],
  numeric: ReadonlySet<number> = new Set(),
): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const blanks = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
        return numeric.has(column) ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Characters as a reader counts them. */
function widthOf(text: string): number {
  return [...text].length;
}

/** A text of a row cut to a width, so that one long name does not push all columns aside. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
