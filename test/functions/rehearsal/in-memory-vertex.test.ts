/** What Vertex AI has named by the project's number is found by a request that names its ID. */
import { expect, it } from 'vitest';
import { InMemoryVertex } from '../../../functions/rehearsal/in-memory-vertex.ts';
import { VirtualClock } from '../../../functions/rehearsal/virtual-clock.ts';
import { DURATIONS } from '../../support/memory-world.ts';

it('lists the versions that it was given, under the number of the project', async () => {
  const vertex = new InMemoryVertex('projects/shop/locations/us-central1', new VirtualClock(0), DURATIONS);
  const model = 'projects/123456/locations/us-central1/models/slipway-churn';
  const version = { model, version: '4', description: '', labels: new Map(), aliases: [], createdAt: 0 };
  vertex.seed([], [version]);
  expect(await vertex.listVersions('projects/p/locations/r/models/slipway-churn')).toEqual([version]);
  expect(await vertex.listVersions('projects/p/locations/r/models/slipway-fraud')).toEqual([]);
});
