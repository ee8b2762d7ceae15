/** The schema of `serving.hours` in slipway.yaml: when a service is awake. */
import { Type } from 'typebox';
import { documented, strict, text } from './fields.ts';

const DAY = '(?:sun|mon|tue|wed|thu|fri|sat)(?:-(?:sun|mon|tue|wed|thu|fri|sat))?';
const TIME = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';

const OpeningSchema = Type.Object(
  {
    days: Type.Optional(
      text(`^${DAY}(?:,${DAY})*$`, 'days such as mon-fri or mon,wed-fri', {
        description: 'The days of the week on which it begins.',
        absent: 'every day',
        examples: ['mon-fri'],
      }),
    ),
    from: text(`^${TIME}$`, 'a time such as 07:00', {
      description:
        'When the service begins to wake. It serves once its model is deployed: `slipway plan` says how long that takes.',
      examples: ['07:00'],
    }),
    to: text(`^(?:${TIME}|24:00)$`, 'a time such as 19:00, up to 24:00', {
      description: 'When it is parked. A time that is not after `from` is one of the next day.',
      examples: ['19:00'],
    }),
    timeZone: text(
      '^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$',
      'a time zone such as Europe/Vienna or UTC',
      {
        description:
          'The time zone of both, by its name in the IANA database. Where clocks are turned, a time that comes twice is the first, and one that is left out is as much later as the clock jumps.',
        examples: ['Europe/Vienna'],
      },
    ),
  },
  strict,
);

export const HoursSchema = Type.Array(OpeningSchema, {
  minItems: 1,
  maxItems: 14,
  expected: 'a list of 1 to 14',
  ...documented(
    'When the service is awake, in any of these times; outside them it is parked (docs/cli.md), by the first sweep after `to`, and woken by the first one after `from`. Sweeps come every 15 minutes. What a person or a release asks for wins until the next of these times: a release outside them wakes the service (`parkedArtifacts: wait` lets artifacts wait), and `slipway park` parks it within them. On hold nothing is parked or woken.',
    'always',
  ),
  examples: [[{ days: 'mon-fri', from: '07:00', to: '19:00', timeZone: 'Europe/Vienna' }]],
});

export type HoursFile = Type.Static<typeof HoursSchema>;
