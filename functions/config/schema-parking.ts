/** The schema of when a service is parked, and what wakes it, a part of `serving` in slipway.yaml. */
import { Type } from 'typebox';
import { HoursSchema } from './schema-hours.ts';

export const PARKING_FIELDS = {
  hours: Type.Optional(HoursSchema),
  parkedArtifacts: Type.Optional(
    Type.Enum(['wake', 'wait'] as const, {
      description:
        'What an artifact does that lands while the service is parked: it wakes the service and is released, or it waits until somebody wakes it. A release that somebody asks for wakes it either way.',
      default: 'wake',
      examples: ['wait'],
    }),
  ),
};
