import { z } from 'zod';
import {
  dateFormatNamed,
  encodingNamed,
  fileEncoding,
  parseMapping,
  readOptions,
  separatorNamed,
} from '../../rates/import/options.js';
import type { ReadOptions } from '../../rates/import/options.js';
import { queryInstant, queryText } from '../listing.js';
import { HttpProblem } from '../problem.js';

/** A query text that is brought to the form it is stored in before it is checked. */
const named = <Stored extends string>(
  schema: z.ZodType<Stored, string>,
  toStored: (text: string) => string,
) => z.string().max(40).transform(toStored).pipe(schema).optional();

export const importQuery = z.strictObject({
  file_name: queryText(255).default('upload.csv'),
  mode: z
    .enum(['replace', 'merge'])
    .default('replace')
    .meta({ description: '`merge`: the file has changes only; the other prefixes stay.' }),
  effective_from: queryInstant()
    .optional()
    .meta({ description: 'When the release is meant to begin; unset, now.' }),
  note: queryText(255).optional(),
  map: queryText(2000)
    .optional()
    .meta({ description: '`prefix=Code,rate=3`: columns by name, or by position from 1.' }),
  separator: named(z.enum([',', ';', '\t', '|']), separatorNamed).meta({
    description: '`,`, `;`, `|` or `tab`.',
  }),
  decimal: z.enum(['.', ',']).optional(),
  encoding: named(fileEncoding, encodingNamed),
  date_format: named(z.enum(['Y-M-D', 'D/M/Y', 'M/D/Y']), dateFormatNamed).meta({
    description: '`Y-M-D`, `D/M/Y` or `M/D/Y`.',
  }),
  header: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Whether there is a header; unset, it is looked for.' }),
  default_increment: queryText(13)
    .regex(/^\d{1,6}(\/\d{1,6})?$/, 'must be an increment such as 60/60')
    .optional()
    .meta({ description: 'Of lines that name no increment, or say 0.' }),
});

/** How the file is to be read. @throws HttpProblem 400 for a mapping that is none */
export function readOptionsOf(query: z.output<typeof importQuery>): ReadOptions {
  const mapping = query.map === undefined ? undefined : parseMapping(query.map);
  if (mapping === null) {
    const detail = 'map: must be like prefix=Code,rate=3';
    throw new HttpProblem(400, 'bad_request', detail, [{ path: 'map', message: detail.slice(5) }]);
  }
  const given = {
    mapping,
    separator: query.separator,
    decimal: query.decimal,
    dateFormat: query.date_format,
    header: query.header === undefined ? undefined : query.header === 'true',
    defaultIncrement: query.default_increment,
    encoding: query.encoding,
  };
  return readOptions.parse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
}
