/**
 * Cron expressions of five fields in UTC: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday),
 * each `*`, a number or a range `1-5`, with a step as in `8-18/2`, or a list of them. As in crontab(5), a day has to match one of the
 * two day fields if both are given.
 */
import type { Instant } from '../world.ts';

const FIELDS = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of the month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12 },
  { name: 'day of the week', from: 0, to: 7 },
] as const;

/** The rarest expression that names a day at all, 29 February, comes within eight years. */
const SEARCHED_DAYS = 366 * 9;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface Cron {
  readonly text: string;
  /** The values of each of the five fields. */
  readonly fields: readonly ReadonlySet<number>[];
  /** Whether one of the two day fields is `*`, so that both have to match. */
  readonly isEitherDayOpen: boolean;
}

/** Returns the expression, or a sentence about what is wrong with it. */
export function parseCron(text: string): Cron | string {
  const parts = text.split(' ');
  if (parts.length !== FIELDS.length) return 'expected five fields, such as 0 3 * * *';
  const fields: Set<number>[] = [];
  for (const [i, field] of FIELDS.entries()) {
    const values = valuesOf(parts[i] ?? '', field);
    if (values === null)
      return `expected the ${field.name} as a number from ${field.from} to ${field.to}, a range, a step or a list`;
    fields.push(values);
  }
  if (fields[4]?.has(7)) fields[4].add(0);
  const cron = { text, fields, isEitherDayOpen: parts[2] === '*' || parts[4] === '*' };
  return previousRun(cron, Date.UTC(2032, 1, 29, 23, 59)) === null ? 'expected a day that exists' : cron;
}

function valuesOf(text: string, { from, to }: { from: number; to: number }): Set<number> | null {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:(\*)|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:\/([0-9]{1,2}))?$/.exec(part);
    if (match === null) return null;
    const [, star, first, last, every] = match;
    const start = star === undefined ? Number(first) : from;
    const end =
      star !== undefined || (every !== undefined && last === undefined) ? to : Number(last ?? first);
    const step = Number(every ?? 1);
    if (start < from || end > to || start > end || step === 0) return null;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

/** The last time at or before `at` that the expression names; null: none within nine years. */
export function previousRun(cron: Cron, at: Instant): Instant | null {
  const [minutes, hours] = cron.fields;
  const startOfDay = Math.floor(at / DAY_MS) * DAY_MS;
  for (let n = 0; n < SEARCHED_DAYS; n += 1) {
    const day = startOfDay - n * DAY_MS;
    if (!isDay(cron, new Date(day))) continue;
    const last = n === 0 ? Math.floor((at - day) / MINUTE_MS) : 1439;
    for (let minute = last; minute >= 0; minute -= 1)
      if (hours?.has(Math.floor(minute / 60)) && minutes?.has(minute % 60)) return day + minute * MINUTE_MS;
  }
  return null;
}

function isDay({ fields, isEitherDayOpen }: Cron, date: Date): boolean {
  const [, , days, months, weekdays] = fields;
  if (!months?.has(date.getUTCMonth() + 1)) return false;
  const isInMonth = days?.has(date.getUTCDate()) === true;
  const isInWeek = weekdays?.has(date.getUTCDay()) === true;
  return isEitherDayOpen ? isInMonth && isInWeek : isInMonth || isInWeek;
}
