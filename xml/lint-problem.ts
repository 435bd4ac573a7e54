export type LintRule =
  /** More than 1 MiB, FreeSWITCH's `response-max-bytes`. */
  | 'too_large'
  /** A line of about 1 MiB, the most its line reader takes whole. */
  | 'line_too_long'
  /** `<?`, `<include>` or `</include>`: the preprocessor drops the whole line. */
  | 'line_dropped'
  /** `x-pre-process` in any case: the preprocessor executes or drops the whole line. */
  | 'preprocessor_directive'
  /** `$`, also as a character reference: variables and API calls are expanded. */
  | 'dollar'
  /** `<!`: a comment (some of them are directives), CDATA or a document type. */
  | 'markup_declaration'
  /** A control character, half of a surrogate pair, or one of the two non-characters. */
  | 'control_character'
  | 'several_elements_on_a_line'
  | 'not_well_formed'
  /** The root is not `<document type="freeswitch/xml">`. */
  | 'wrong_root'
  /** A child of the root is not a `<section>` with a name, or there is none. */
  | 'section_missing';

export interface LintProblem {
  readonly rule: LintRule;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** Called by the checks with the offset, in UTF-16 units, where the problem stands. */
export type Report = (rule: LintRule, offset: number, message: string) => void;
