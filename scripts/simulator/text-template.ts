/** Values by slot name. A slot without a value renders as nothing. */
export type SlotValues = Readonly<Record<string, string>>;

/** A text cut at its slots once, so that filling it in is only joining strings. */
export interface TextTemplate {
  readonly constants: readonly string[];
  readonly slots: readonly string[];
}

// A private-use character stands in no recorded text, and JSON does not escape it.
const MARK = '\ue000';

/** Stands for a slot inside a text given to `compileTemplate`. */
export function slot(name: string): string {
  return `${MARK}${name}${MARK}`;
}

/** Compiles a text that holds `slot(…)` marks. */
export function compileTemplate(text: string): TextTemplate {
  const constants: string[] = [];
  const slots: string[] = [];
  text.split(MARK).forEach((part, index) => (index % 2 === 0 ? constants : slots).push(part));
  return { constants, slots };
}

export function fillTemplate(template: TextTemplate, values: SlotValues): string {
  const { constants, slots } = template;
  let text = constants[0] ?? '';
  for (let index = 0; index < slots.length; index += 1) {
    text += (values[slots[index] ?? ''] ?? '') + (constants[index + 1] ?? '');
  }
  return text;
}

/** Replaces whole tokens (not parts of longer words or numbers) by their slots. */
export function markTokens(text: string, tokens: Readonly<Record<string, string>>): string {
  let marked = text;
  for (const [token, name] of Object.entries(tokens)) {
    const escaped = token.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    const whole = new RegExp(`(?<![0-9A-Za-z])${escaped}(?![0-9A-Za-z])`, 'g');
    marked = marked.replaceAll(whole, slot(name));
  }
  return marked;
}

/** Changes the text between slots, such as encoding it, and leaves the slots alone. */
export function mapConstants(marked: string, change: (text: string) => string): string {
  return marked
    .split(MARK)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join(MARK);
}
