/** Who can reach what: held by the types, so that nothing runs here. */
import { describe, expectTypeOf, it } from 'vitest';
import type { handleArtifact } from '../../functions/intake/on-artifact.ts';
import type { handleRequest } from '../../functions/intake/on-request.ts';
import type { probe } from '../../functions/release/gates/probe.ts';

describe('the world', () => {
  it('of a notification has no Vertex AI', () => {
    expectTypeOf<Parameters<typeof handleArtifact>[1]['world']>().not.toHaveProperty('vertex');
  });

  it('of a request has pipeline jobs alone', () => {
    type Reach = keyof Parameters<typeof handleRequest>[1]['world']['vertex'];
    expectTypeOf<Reach>().toEqualTypeOf<'getPipelineJob'>();
  });

  it('of a probe has predictions alone', () => {
    expectTypeOf<keyof Parameters<typeof probe>[0]['vertex']>().toEqualTypeOf<'predict'>();
  });
});
