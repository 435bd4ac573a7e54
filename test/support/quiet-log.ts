import { pino } from 'pino';
import type { Logger } from 'pino';

export const quietLog: Logger = pino({ level: 'silent' });

/** A log whose lines a test can read. */
export function readableLog(): { readonly log: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug' },
    {
      write: (line: string) => {
        // pino writes one JSON object a line.
        lines.push(JSON.parse(line) as Record<string, unknown>);
      },
    },
  );
  return { log, lines };
}
