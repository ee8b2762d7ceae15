/** When a service is awake: days, midnight, changes of the clock in both directions, and what is no such time. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../functions/config/config.ts';
import { hoursAt, parseHours, type Hours } from '../../../functions/config/hours.ts';
import { isTimeZone } from '../../../functions/config/local-time.ts';
import type { HoursFile } from '../../../functions/config/schema-hours.ts';
import { GOOD } from './samples.ts';

const VIENNA = 'Europe/Vienna';
const OFFICE: HoursFile = [{ days: 'mon-fri', from: '07:00', to: '19:00', timeZone: VIENNA }];

function hours(file: HoursFile): Hours {
  const problems: string[] = [];
  const parsed = parseHours(file, 'hours', problems);
  expect(problems).toEqual([]);
  return parsed;
}

function told(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString().slice(0, 16);
}

/** `awake FROM → TO` in UTC. */
function state(file: HoursFile, at: string): string {
  const { isAwake, since, until } = hoursAt(hours(file), Date.parse(`${at}Z`));
  return `${isAwake ? 'awake' : 'parked'} ${told(since)} → ${told(until)}`;
}

function every(from: string, to: string, timeZone = VIENNA, days?: string): HoursFile {
  return [{ from, to, timeZone, ...(days !== undefined && { days }) }];
}

describe('office hours', () => {
  // 2026-11-27 is a Friday; Vienna is an hour ahead of UTC.
  it.each([
    ['2026-11-27T05:59', 'parked 2026-11-26T18:00 → 2026-11-27T06:00'],
    ['2026-11-27T06:00', 'awake 2026-11-27T06:00 → 2026-11-27T18:00'],
    ['2026-11-27T17:59', 'awake 2026-11-27T06:00 → 2026-11-27T18:00'],
    ['2026-11-27T18:00', 'parked 2026-11-27T18:00 → 2026-11-30T06:00'],
    ['2026-11-29T12:00', 'parked 2026-11-27T18:00 → 2026-11-30T06:00'],
  ])('at %s: %s', (at, expected) => {
    expect(state(OFFICE, at)).toBe(expected);
  });
});

describe('hours over midnight', () => {
  it.each([
    ['begin on their day', every('22:00', '06:00', 'UTC', 'fri'), '2026-11-28T05:59'],
    [
      'are the same where the days change in UTC alone',
      every('12:00', '20:00', 'Pacific/Auckland', 'sat'),
      '2026-11-28T01:00',
    ],
  ])('%s', (_, file, at) => {
    expect(state(file, at)).toMatch(/^awake 2026-11-2[78]/);
  });

  it('belong to the day on which they begin', () => {
    expect(state(every('22:00', '06:00', 'UTC', 'fri'), '2026-11-27T05:59')).toBe(
      'parked 2026-11-21T06:00 → 2026-11-27T22:00',
    );
  });

  it('end with the day at 24:00 and at 00:00', () => {
    const at = '2026-11-27T23:59';
    const expected = 'awake 2026-11-27T18:00 → 2026-11-28T00:00';
    expect(state(every('18:00', '24:00', 'UTC'), at)).toBe(expected);
    expect(state(every('18:00', '00:00', 'UTC'), at)).toBe(expected);
  });
});

describe('several openings', () => {
  it('are one where they touch or overlap, in any time zones', () => {
    const both = [...every('08:00', '16:00', VIENNA), ...every('09:00', '17:00', 'America/New_York')];
    expect(state(both, '2026-11-27T12:00')).toBe('awake 2026-11-27T07:00 → 2026-11-27T22:00');
    const touching = [...every('08:00', '12:00', 'UTC'), ...every('12:00', '13:00', 'UTC')];
    expect(state(touching, '2026-11-27T12:00')).toBe('awake 2026-11-27T08:00 → 2026-11-27T13:00');
  });

  it('have a pause where they do not', () => {
    const file = [...every('08:00', '12:00', 'UTC'), ...every('13:00', '17:00', 'UTC')];
    expect(state(file, '2026-11-27T12:30')).toBe('parked 2026-11-27T12:00 → 2026-11-27T13:00');
  });

  it('that leave no pause at all have no change', () => {
    expect(state(every('00:00', '24:00', VIENNA), '2026-11-27T12:30')).toBe('awake null → null');
  });

  it('over the weekend', () => {
    expect(state(every('00:00', '24:00', 'UTC', 'fri-mon'), '2026-11-29T12:00')).toBe(
      'awake 2026-11-27T00:00 → 2026-12-01T00:00',
    );
    expect(state(every('00:00', '24:00', 'UTC', 'mon,wed-thu'), '2026-11-24T12:00')).toBe(
      'parked 2026-11-24T00:00 → 2026-11-25T00:00',
    );
  });
});

describe('clocks that are turned', () => {
  // Vienna: 2026-03-29, 02:00 becomes 03:00 (01:00 UTC); 2026-10-25, 03:00 becomes 02:00 (01:00 UTC).
  it.each([
    [
      'a day in spring has 23 hours',
      every('00:00', '24:00', VIENNA, 'sun'),
      '2026-03-29T12:00',
      'awake 2026-03-28T23:00 → 2026-03-29T22:00',
    ],
    [
      'a day in autumn has 25 hours',
      every('00:00', '24:00', VIENNA, 'sun'),
      '2026-10-25T12:00',
      'awake 2026-10-24T22:00 → 2026-10-25T23:00',
    ],
    [
      'a beginning that is left out is later',
      every('02:30', '05:00'),
      '2026-03-29T02:00',
      'awake 2026-03-29T01:30 → 2026-03-29T03:00',
    ],
    [
      'an end that is left out is later',
      every('01:00', '02:30'),
      '2026-03-29T01:15',
      'awake 2026-03-29T00:00 → 2026-03-29T01:30',
    ],
    [
      'a beginning that comes twice is the first',
      every('02:30', '05:00'),
      '2026-10-25T00:45',
      'awake 2026-10-25T00:30 → 2026-10-25T04:00',
    ],
    [
      'an end that comes twice is the first',
      every('01:00', '02:30'),
      '2026-10-25T00:45',
      'parked 2026-10-25T00:30 → 2026-10-26T00:00',
    ],
    [
      'an opening of the hour that is left out is none',
      every('02:10', '03:05'),
      '2026-03-29T01:30',
      'parked 2026-03-28T02:05 → 2026-03-30T00:10',
    ],
    [
      'before it nothing has changed',
      OFFICE,
      '2026-03-27T17:59',
      'awake 2026-03-27T06:00 → 2026-03-27T18:00',
    ],
    [
      'after it the same hours are earlier in UTC',
      OFFICE,
      '2026-03-30T05:00',
      'awake 2026-03-30T05:00 → 2026-03-30T17:00',
    ],
    [
      'over the night of the change',
      every('22:00', '06:00', VIENNA, 'sat'),
      '2026-10-25T03:00',
      'awake 2026-10-24T20:00 → 2026-10-25T05:00',
    ],
    [
      'in the west',
      every('02:30', '04:00', 'America/New_York'),
      '2026-03-08T07:15',
      'parked 2026-03-07T09:00 → 2026-03-08T07:30',
    ],
    [
      'in the south, by half an hour',
      every('01:45', '03:00', 'Australia/Lord_Howe'),
      '2026-04-04T15:00',
      'awake 2026-04-04T14:45 → 2026-04-04T16:30',
    ],
    [
      'where they never are',
      every('09:00', '17:00', 'Asia/Kolkata'),
      '2026-03-29T04:00',
      'awake 2026-03-29T03:30 → 2026-03-29T11:30',
    ],
  ])('%s', (_, file, at, expected) => {
    expect(state(file, at)).toBe(expected);
  });

  it('changes are where they were said to be, all through a year', () => {
    const parsed = hours([
      ...OFFICE,
      ...every('23:00', '02:30', 'America/Sao_Paulo', 'sat'),
      ...every('02:15', '03:15', VIENNA, 'sun'),
    ]);
    const start = Date.UTC(2026, 0, 1);
    let before = hoursAt(parsed, start);
    const wrong: string[] = [];
    for (let at = start; at < Date.UTC(2027, 0, 1); at += 900_000) {
      const now = hoursAt(parsed, at);
      const isChange = at === before.until;
      const isRight = isChange
        ? now.since === at && now.isAwake !== before.isAwake
        : now.since === before.since;
      if (!isRight || now.until === null || now.until <= at) wrong.push(new Date(at).toISOString());
      before = now;
    }
    expect(wrong).toEqual([]);
  });
});

describe('hours that are none', () => {
  function problems(text: string): string {
    const yaml = GOOD.replace('    endpoint:', `    serving:\n      hours: ${text}\n    endpoint:`);
    try {
      parseConfig(yaml);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return '';
  }

  it.each([
    [
      '[{ from: 07:00, to: 19:00, timeZone: Europe/Wien }]',
      'hours.0.timeZone: expected a time zone such as Europe/Vienna, got "Europe/Wien"',
    ],
    [
      '[{ from: 07:00, to: 07:00, timeZone: UTC }]',
      'hours.0.to: expected another time than from; 24:00 ends the day',
    ],
    ['[{ from: 7:00, to: 19:00, timeZone: UTC }]', 'hours.0.from: expected a time such as 07:00'],
    ['[{ from: 24:00, to: 19:00, timeZone: UTC }]', 'hours.0.from: expected a time such as 07:00'],
    ['[{ from: 07:00, to: 19:00 }]', 'hours.0.timeZone: must be given'],
    [
      '[{ days: weekdays, from: 07:00, to: 19:00, timeZone: UTC }]',
      'hours.0.days: expected days such as mon-fri',
    ],
    ['[]', 'hours: expected a list of 1 to 14'],
  ])('%s', (text, expected) => {
    expect(problems(text)).toContain(`services.churn.serving.${expected}`);
  });

  it('reads what is one', () => {
    expect(problems('[{ days: mon-fri, from: 07:00, to: 24:00, timeZone: Europe/Vienna }]')).toBe('');
    expect(isTimeZone('UTC')).toBe(true);
    expect(isTimeZone('Nowhere/Land')).toBe(false);
  });
});
