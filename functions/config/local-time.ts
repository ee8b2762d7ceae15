/**
 * Wall-clock times of a time zone as instants, by Intl alone. Where the clock is turned, as Temporal's `compatible` has
 * it: of a time that comes twice it is the first, and one that is left out is as much later as the clock jumps.
 */
import type { Instant } from '../world.ts';

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Each takes a tenth of a millisecond to make. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether it is a time zone of the IANA database that this Node knows. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The local date at an instant, as the midnight of that date in UTC. */
export function localDay(at: Instant, timeZone: string): number {
  return Math.floor((at + offsetAt(at, timeZone)) / DAY_MS) * DAY_MS;
}

/** `day`: as localDay has it. `minute`: of that day; from 1440 on it is the day after. */
export function instantOf(day: number, minute: number, timeZone: string): Instant {
  const wall = day + minute * MINUTE_MS;
  const before = offsetAt(wall - DAY_MS, timeZone);
  const after = offsetAt(wall + DAY_MS, timeZone);
  const first = wall - before;
  if (before === after || offsetAt(first, timeZone) === before) return first;
  const second = wall - after;
  return offsetAt(second, timeZone) === after ? second : first;
}

/** What the wall clock is ahead of UTC, in ms. */
function offsetAt(at: Instant, timeZone: string): number {
  const part = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (name: Intl.DateTimeFormatPartTypes): number => part.get(name) ?? 0;
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(at / 1000) * 1000;
}

/** Throws a RangeError if there is no such time zone. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}
