/** The schema of `serving` in slipway.yaml: the machines, the container and its environment. */
import { Type } from 'typebox';
import { documented, strict } from './fields.ts';
import { CONTAINER_FIELDS } from './schema-container.ts';
import { MACHINE_FIELDS } from './schema-machine.ts';
import { PARKING_FIELDS } from './schema-parking.ts';

export const ServingSchema = Type.Object(
  { ...MACHINE_FIELDS, ...CONTAINER_FIELDS, ...PARKING_FIELDS },
  {
    ...strict,
    ...documented('What serves the model: machines, container routes, environment.', 'every default below'),
  },
);

export type ServingFile = Type.Static<typeof ServingSchema>;
