/** The hours of a service: when it is awake. Outside them it is parked. Pure. */
import type { Instant } from '../world.ts';
import { DAY_MS, instantOf, isTimeZone, localDay } from './local-time.ts';
import type { HoursFile } from './schema-hours.ts';

/** Some days of the week, from one time of the day to another one. */
interface Opening {
  /** Days on which it begins; 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes of the day; `to` is above 1440 where it ends on the day after. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
}

export type Hours = readonly Opening[];

export interface HoursState {
  readonly isAwake: boolean;
  /** The last change; null: it has been so for two weeks at least. */
  readonly since: Instant | null;
  /** The next change; null: there is none within two weeks. */
  readonly until: Instant | null;
}

const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 1440;
/** Each day of the week comes within it, also where the change of a clock leaves one opening out. */
const SEARCHED_DAYS = 15;

/** `at`: where the hours stand in slipway.yaml. */
export function parseHours(file: HoursFile, at: string, problems: string[]): Hours {
  for (const [i, { from, to, timeZone }] of file.entries()) {
    if (from === to) problems.push(`${at}.${i}.to: expected another time than from; 24:00 ends the day`);
    if (!isTimeZone(timeZone))
      problems.push(
        `${at}.${i}.timeZone: expected a time zone such as Europe/Vienna, got ${JSON.stringify(timeZone)}`,
      );
  }
  return file.map(({ days, from, to, timeZone }) => ({
    days: parseDays(days),
    from: minuteOf(from),
    to: minuteOf(to) + (minuteOf(to) <= minuteOf(from) ? DAY_MINUTES : 0),
    timeZone,
  }));
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** A range may go over the weekend: `fri-mon`. */
function parseDays(text = 'sun-sat'): Set<number> {
  const days = new Set<number>();
  for (const range of text.split(',')) {
    const [first = 0, last = first] = range.split('-').map((name) => WEEK.indexOf(name));
    for (let day = first; ; day = (day + 1) % WEEK.length) {
      days.add(day);
      if (day === last) break;
    }
  }
  return days;
}

/** The last answer for each: it holds until the next change. */
const answers = new WeakMap<Hours, { readonly from: Instant; readonly to: Instant; state: HoursState }>();

/** Whether a service with these hours is awake, since when and until when. Openings that touch are one. */
export function hoursAt(hours: Hours, now: Instant): HoursState {
  const last = answers.get(hours);
  if (last !== undefined && last.from <= now && now < last.to) return last.state;
  const state = computed(hours, now);
  answers.set(hours, { from: state.since ?? now, to: state.until ?? now + DAY_MS, state });
  return state;
}

function computed(hours: Hours, now: Instant): HoursState {
  const changes = mergedAround(hours, now).flat();
  const next = changes.findIndex((at) => at > now);
  const passed = next === -1 ? changes.length : next;
  // Every second change is the end of an opening.
  return {
    isAwake: passed % 2 === 1,
    since: near(changes[passed - 1], now),
    until: near(changes[passed], now),
  };
}

/** What the search cuts off is no change. */
function near(at: Instant | undefined, now: Instant): Instant | null {
  return at === undefined || Math.abs(at - now) > (SEARCHED_DAYS - 1) * DAY_MS ? null : at;
}

/** All openings of some weeks before and after, in their order, none of which touches another one. */
function mergedAround(hours: Hours, now: Instant): [Instant, Instant][] {
  const merged: [Instant, Instant][] = [];
  for (const opening of hours.flatMap((one) => around(one, now)).toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && opening[0] <= last[1]) last[1] = Math.max(last[1], opening[1]);
    else merged.push(opening);
  }
  return merged;
}

function around({ days, from, to, timeZone }: Opening, now: Instant): [Instant, Instant][] {
  const openings: [Instant, Instant][] = [];
  const today = localDay(now, timeZone);
  for (let n = -SEARCHED_DAYS; n <= SEARCHED_DAYS; n += 1) {
    const day = today + n * DAY_MS;
    if (!days.has(new Date(day).getUTCDay())) continue;
    const opening: [Instant, Instant] = [instantOf(day, from, timeZone), instantOf(day, to, timeZone)];
    // The change of a clock may leave all of it out.
    if (opening[0] < opening[1]) openings.push(opening);
  }
  return openings;
}
