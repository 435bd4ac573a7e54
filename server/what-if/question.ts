import { z } from 'zod';
import { id, instant, line } from '../admin/fields.js';
import { parseDialled } from '../calls/normalize-number.js';

/** The longest call that is priced: a day, as for calls themselves. */
const LONGEST_S = 86_400;

/** What people put between digits, no-break spaces included. */
const SEPARATORS = /[\s().\-/\u00a0\u2011]/gu;

/** Takes blanks and the like out of a number, but not out of what a switch writes behind a `;`. */
export function bareNumber(written: string): string {
  const [digits = '', ...parameters] = written.split(';');
  return [digits.replace(SEPARATORS, ''), ...parameters].join(';');
}

/** A question about a call that nobody makes, as the API and the command line take it. */
export const routeQuestionInput = z.strictObject({
  from: line(200).meta({
    description:
      'Who calls: an extension (`number@domain`), the number of a DID, or the name of a gateway for a call that comes in over it.',
    example: '1001@acme.example',
  }),
  to: line(100)
    .refine((text) => parseDialled(bareNumber(text)) !== null, 'must be a number to dial')
    .meta({
      description: 'The number as dialled; blanks do not count.',
      example: '+44 7700 900123',
    }),
  at: instant().optional().meta({
    description: 'When the call would begin; unset, now.',
    example: '2030-01-01T00:00:00Z',
  }),
  duration_s: z.int().min(1).max(LONGEST_S).default(60).meta({ description: 'Seconds of talk.' }),
  caller: z
    .string()
    .max(64)
    .transform((text) => text.replace(SEPARATORS, ''))
    .pipe(z.string().regex(/^\+?[0-9]{1,15}$/, 'must be a number of up to 15 digits'))
    .optional()
    .meta({ type: 'string', description: "The caller's number; unset, the one on record." }),
  switch: line(64)
    .optional()
    .meta({ description: 'Name of the FreeSWITCH that asks; unset, the first active one.' }),
  release: id()
    .optional()
    .meta({ description: 'A release, such as a draft, taken to be in force for its sheet.' }),
});

export type RouteQuestionInput = z.input<typeof routeQuestionInput>;

/** The question with its instant filled in. */
export interface RouteQuestion {
  readonly from: string;
  /** As it was written. */
  readonly to: string;
  /** UTC epoch ms at which the call would begin. */
  readonly atMs: number;
  /** False where another instant than the present was asked about. */
  readonly isNow: boolean;
  readonly durationS: number;
  readonly caller: string | null;
  readonly switchName: string | null;
}
