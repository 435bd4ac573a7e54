import { z } from 'zod';

/** The `rating-vectors/1` file format: cases of one call each, with the figures expected of it. */

const decimal = z.string().regex(/^-?\d+(\.\d+)?$/);

const tier = z.looseObject({
  from_s: z.int(),
  rate_per_minute: decimal,
  increment_s: z.int(),
});

const row = z.looseObject({
  prefix: z.string(),
  destination: z.string().optional(),
  rate_per_minute: decimal,
  /** Prices by jurisdiction; `rate_per_minute` is then the interstate one. Both or neither. */
  intrastate_rate_per_minute: decimal.optional(),
  indeterminate_rate_per_minute: decimal.optional(),
  connect_fee: decimal.default('0'),
  initial_increment_s: z.int(),
  increment_s: z.int(),
  min_duration_s: z.int().optional(),
  grace_s: z.int().optional(),
  free_s: z.int().optional(),
  initial_rate_per_minute: decimal.optional(),
  min_cost: decimal.optional(),
  max_cost: decimal.optional(),
  priority: z.int().optional(),
  release_id: z.int().optional(),
  tiers: z.array(tier).optional(),
  days: z.array(z.int()).optional(),
  dates: z.array(z.string()).optional(),
  time_from: z.string().optional(),
  time_to: z.string().optional(),
  effective_from: z.string().nullish(),
  effective_to: z.string().nullish(),
});

const question = {
  id: z.string(),
  requires: z.array(z.string()).default([]),
  rows: z.array(row),
  dialed: z.string(),
  rating_number: z.string().optional(),
  start: z.string(),
  timezone: z.string(),
  tod_policy: z.string().default('start'),
  vat_percent: decimal.optional(),
  /** Whether `vat_percent` comes on top of the prices, which is the default, or is in them. */
  tax_mode: z.string().optional(),
  jurisdiction: z.string().optional(),
  /** E.164 digits; tells the jurisdiction where the case does not name it. */
  caller: z.string().optional(),
};

const callCase = z.looseObject({
  ...question,
  billsec: z.int().optional(),
  duration_ms: z.number().nonnegative().optional(),
  duration_rounding: z.enum(['up', 'half_up', 'down']).optional(),
  rounding: z.object({ mode: z.string(), decimals: z.int().nullable() }),
  expected_cost: decimal.nullable(),
  expected_billed_seconds: z.int().nullable(),
  expected_prefix: z.string().nullable(),
});

const maxUsageCase = z.looseObject({
  ...question,
  balance: decimal,
  expected_max_seconds: z.int().nonnegative(),
});

const vectorFile = z.looseObject({
  schema: z.literal('rating-vectors/1'),
  cases: z.array(callCase),
  max_usage_cases: z.array(maxUsageCase).default([]),
});

export type VectorRow = z.infer<typeof row>;
export type CallCase = z.infer<typeof callCase>;
export type MaxUsageCase = z.infer<typeof maxUsageCase>;
export type VectorFile = z.infer<typeof vectorFile>;

const KNOWN_CASE_MEMBERS: ReadonlySet<string> = new Set([
  ...Object.keys(callCase.shape),
  ...Object.keys(maxUsageCase.shape),
]);
const KNOWN_ROW_MEMBERS: ReadonlySet<string> = new Set(Object.keys(row.shape));
const KNOWN_TIER_MEMBERS: ReadonlySet<string> = new Set(Object.keys(tier.shape));
/** Members that only tell people about a case and change no figure. */
const REMARK = /^(note|source|comment|peer)/;

/**
 * Members of a case that this reader does not know. Their meaning must not be guessed, so that a
 * case with any of them is not run.
 */
export function unknownMembers(entry: CallCase | MaxUsageCase): readonly string[] {
  const tiers = entry.rows.flatMap((one) => one.tiers ?? []);
  return [
    ...unknownKeys([entry], KNOWN_CASE_MEMBERS, ''),
    ...unknownKeys(entry.rows, KNOWN_ROW_MEMBERS, 'rows.'),
    ...unknownKeys(tiers, KNOWN_TIER_MEMBERS, 'rows.tiers.'),
  ];
}

function unknownKeys(
  records: readonly object[],
  known: ReadonlySet<string>,
  path: string,
): readonly string[] {
  const keys = new Set(records.flatMap((record) => Object.keys(record)));
  return [...keys].filter((key) => !known.has(key) && !REMARK.test(key)).map((key) => path + key);
}

/**
 * Reads the text of a vector file.
 * @throws Error naming the places that are not as the format says, or that it is no JSON.
 */
export function parseVectorFile(text: string): VectorFile {
  const parsed = vectorFile.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`not a rating-vectors/1 file\n${z.prettifyError(parsed.error)}`);
}
