const NAMES: Readonly<Record<string, number>> = {
  mo: 1,
  mon: 1,
  tu: 2,
  tue: 2,
  tues: 2,
  we: 3,
  wed: 3,
  th: 4,
  thu: 4,
  thur: 4,
  thurs: 4,
  fr: 5,
  fri: 5,
  sa: 6,
  sat: 6,
  su: 7,
  sun: 7,
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
  sunday: 7,
};
const GROUPS: Readonly<Record<string, readonly number[]>> = {
  weekend: [6, 7],
  weekends: [6, 7],
  weekday: [1, 2, 3, 4, 5],
  weekdays: [1, 2, 3, 4, 5],
  workdays: [1, 2, 3, 4, 5],
  businessdays: [1, 2, 3, 4, 5],
  all: [],
  any: [],
  daily: [],
  everyday: [],
  alldays: [],
  '*': [],
};

/**
 * Weekdays of `1-5`, `Mon-Fri`, `sat,sun`, `weekend` or `12345`, as ascending ISO numbers (1 is Monday; 0
 * is taken for Sunday too). Empty means every day; null is not understood.
 */
export function readDays(cell: string): readonly number[] | null {
  const text = cell.toLowerCase().trim();
  const group = GROUPS[text.replace(/[\s_]/g, '')];
  if (group !== undefined) return group;
  if (/^[0-7]{2,7}$/.test(text)) return unique([...text].map((sign) => dayOf(sign) ?? 0));
  const days: number[] = [];
  const joined = text.replace(/\s*(?:-|–|\bto\b)\s*/g, '-').replace(/\band\b/g, ',');
  for (const part of joined.split(/[,;|/&+\s]+/).filter((piece) => piece !== '')) {
    const found = readPart(part);
    if (found === null) return null;
    days.push(...found);
  }
  return days.length === 0 ? null : unique(days);
}

function readPart(part: string): readonly number[] | null {
  const group = GROUPS[part];
  if (group !== undefined) return group.length === 0 ? [1, 2, 3, 4, 5, 6, 7] : group;
  const [from = '', to, ...more] = part.split('-');
  const first = dayOf(from);
  if (first === null || more.length > 0) return null;
  if (to === undefined) return [first];
  const last = dayOf(to);
  if (last === null) return null;
  const length = ((last - first + 7) % 7) + 1;
  return Array.from({ length }, (_, index) => ((first - 1 + index) % 7) + 1);
}

function dayOf(text: string): number | null {
  if (/^[0-7]$/.test(text)) return text === '0' ? 7 : Number(text);
  return NAMES[text.replace(/\.$/, '')] ?? null;
}

function unique(days: readonly number[]): readonly number[] {
  const sorted = [...new Set(days)].sort((first, second) => first - second);
  return sorted.length === 7 ? [] : sorted;
}
