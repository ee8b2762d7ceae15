/**
 * The design, broken on purpose: each mutation takes one defence away. The simulation has to notice every one of
 * them, or it proves nothing about the engine that has them all.
 */
import { BATCH_MUTATIONS } from './mutations/batches.ts';
import { CLEANUP_MUTATIONS } from './mutations/cleanup.ts';
import { FENCE_MUTATIONS } from './mutations/fences.ts';
import { HOURS_MUTATIONS } from './mutations/hours.ts';
import { LEDGER_MUTATIONS } from './mutations/ledger.ts';
import { LASTING_MUTATIONS } from './mutations/lasting.ts';
import { LOAD_MUTATIONS } from './mutations/load.ts';
import type { Mutation } from './mutations/mutation.ts';
import { OPERATION_MUTATIONS } from './mutations/operations.ts';
import { PARK_MUTATIONS } from './mutations/parks.ts';

import { RECREATE_MUTATIONS } from './mutations/recreates.ts';
import { REQUEST_MUTATIONS } from './mutations/requests.ts';
import { ROLLOUT_MUTATIONS } from './mutations/rollouts.ts';
import { SCALE_MUTATIONS } from './mutations/scales.ts';

export const MUTATIONS: readonly Mutation[] = [
  ...REQUEST_MUTATIONS,
  ...OPERATION_MUTATIONS,
  ...CLEANUP_MUTATIONS,
  ...FENCE_MUTATIONS,
  ...LEDGER_MUTATIONS,
  ...ROLLOUT_MUTATIONS,
  ...LOAD_MUTATIONS,
  ...LASTING_MUTATIONS,
  ...PARK_MUTATIONS,
  ...RECREATE_MUTATIONS,
  ...HOURS_MUTATIONS,
  ...SCALE_MUTATIONS,
  ...BATCH_MUTATIONS,
];
