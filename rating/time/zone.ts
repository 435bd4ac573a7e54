/**
 * Local time of an IANA zone. Offsets come from the runtime's zone data through `Intl`; everything
 * else is integer arithmetic on epoch milliseconds.
 */

const DAY_MS = 86_400_000;
/** Zones have changed their offset on quarter hours only since the 1970s, so one look-up serves it. */
const BUCKET_MS = 900_000;
const MAX_CACHED_OFFSETS = 4096;

/** What a clock and a calendar on the wall show. */
export interface LocalTime {
  /** ISO weekday, 1 = Monday. */
  readonly weekday: number;
  readonly month: number;
  readonly day: number;
  /** Seconds since local midnight by the wall clock, 0 to 86399. */
  readonly secondOfDay: number;
}

/** Local calendar fields without an offset. */
export interface LocalDateTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** More than there are zones; names may come in other spellings. */
const MAX_ZONES = 1024;
const zones = new Map<string, Zone>();

/**
 * The zone of a name, made once: the runtime's formatter behind it is big and slow to make, and there
 * are many sheets but few zones.
 * @throws RangeError when the runtime does not know the zone.
 */
export function zoneNamed(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = new Zone(name);
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

/** Answers offsets and local fields for one zone; keeps a bounded memory of offsets. */
export class Zone {
  readonly name: string;
  private readonly format: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();

  /** @throws RangeError when the runtime does not know the zone. */
  constructor(name: string) {
    this.name = name;
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Milliseconds to add to UTC to get the local wall clock at that instant. */
  offsetMs(atMs: number): number {
    const bucket = Math.floor(atMs / BUCKET_MS);
    const known = this.offsets.get(bucket);
    if (known !== undefined) return known;
    const offset = this.readOffsetMs(bucket * BUCKET_MS);
    if (this.offsets.size >= MAX_CACHED_OFFSETS) this.offsets.clear();
    this.offsets.set(bucket, offset);
    return offset;
  }

  /** Weekday, date and time of day on the wall at that instant. */
  localTime(atMs: number): LocalTime {
    const local = atMs + this.offsetMs(atMs);
    const dayNumber = Math.floor(local / DAY_MS);
    const date = new Date(dayNumber * DAY_MS);
    return {
      weekday: ((((dayNumber + 3) % 7) + 7) % 7) + 1,
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      secondOfDay: Math.floor((local - dayNumber * DAY_MS) / 1000),
    };
  }

  /**
   * The instant at which the wall shows the given local time. A time that the clocks skip is moved
   * forward by the skip; a time that they show twice means the first showing.
   */
  toInstant(local: LocalDateTime): number {
    const wall = Date.UTC(
      local.year,
      local.month - 1,
      local.day,
      local.hour,
      local.minute,
      local.second,
    );
    const before = this.offsetMs(wall - DAY_MS);
    const after = this.offsetMs(wall + DAY_MS);
    const early = wall - before;
    if (this.offsetMs(early) === before) return early;
    const late = wall - after;
    return this.offsetMs(late) === after ? late : early;
  }

  private readOffsetMs(atMs: number): number {
    const fields: Record<string, number> = {};
    for (const part of this.format.formatToParts(atMs)) {
      if (part.type !== 'literal') fields[part.type] = Number(part.value);
    }
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
  }
}
