/** The schema of the standby, a part of `rollout` in slipway.yaml. */
import { Type } from 'typebox';
import { duration } from './fields.ts';

export const STANDBY_FIELDS = {
  standby: Type.Optional(
    duration({
      description:
        'How long the previous model stays deployed, and billed, after a release is Live. A rollback takes seconds during standby, minutes afterwards.',
      absent: 'no standby',
      examples: ['2h'],
    }),
  ),
  standbyReplicas: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description:
        'How many replicas of the previous model always run while it stands by, where that is fewer than `serving.minReplicas`. It costs less, and a rollback takes minutes: the model grows again before it gets traffic, for up to five minutes.',
      absent: 'as many as the live model has',
      unit: 'replicas',
      examples: [1],
    }),
  ),
};
