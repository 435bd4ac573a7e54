/** One measured figure. `ratio` compares with the named baseline of the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly ratio?: { readonly value: number; readonly baseline: string };
  readonly note?: string;
}

/** The p-th percentile of measured values, by nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

export function rounded(value: number): number {
  if (Math.abs(value) >= 100) return Math.round(value);
  return Math.round(value * 100) / 100;
}

/** The figures as a Markdown table, for people and for the README beside this file. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const ratio =
      figure.ratio === undefined
        ? ''
        : `${String(rounded(figure.ratio.value))} × ${figure.ratio.baseline}`;
    return `| ${figure.name} | ${String(rounded(figure.value))} ${figure.unit} | ${ratio} | ${figure.note ?? ''} |`;
  });
  return ['| figure | value | against | note |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
