import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deployedModelId,
  deployedModelName,
  drawId,
  endpointId,
  modelId,
  ownerOf,
  releaseId,
} from '../../../functions/release/ids.ts';

const RELEASE = releaseId('churn', 'models', 'churn/v1/model.onnx', '1');

describe('ids', () => {
  it('stay what they are: a changed one would deploy everything again', () => {
    expect(RELEASE).toBe('r-a1dd6508df74');
    expect(deployedModelId(RELEASE, 1)).toBe('1684260786');
    expect(endpointId('churn')).toBe('402574982');
    expect(modelId('churn')).toBe('slipway-churn');
  });

  it('have the form that Vertex AI takes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 9999 }), (service, object, attempt) => {
        const release = releaseId(service, 'b', object, '1');
        expect(release).toMatch(/^r-[0-9a-f]{12}$/);
        expect(deployedModelId(release, attempt)).toMatch(/^[1-9][0-9]{9}$/);
        expect(endpointId(service)).toMatch(/^[1-9][0-9]{8}$/);
      }),
    );
  });

  it('differ when any part differs, also where parts run together', () => {
    const ids = [
      releaseId('a', 'b', 'c', 'd'),
      releaseId('ab', '', 'c', 'd'),
      releaseId('a', 'bc', '', 'd'),
      releaseId('a', 'b', 'c', 'd', 'asked'),
      releaseId('a', 'b', 'cd', ''),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(deployedModelId(RELEASE, 1)).not.toBe(deployedModelId(RELEASE, 2));
    expect(deployedModelId(RELEASE, 11)).not.toBe(deployedModelId(`${RELEASE}1`, 1));
  });

  it('drawn at random are twelve hex digits', () => {
    expect(drawId(() => 0)).toBe('000000000000');
    expect(drawId(() => 1 - Number.EPSILON)).toBe('ffffffffffff');
  });
});

describe('ownerOf', () => {
  it('recognises what was deployed under a name and id of ours', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 9999 }), (folder, attempt) => {
        const name = deployedModelName(folder, RELEASE, attempt);
        expect(name.length).toBeLessThanOrEqual(128);
        expect(ownerOf(deployedModelId(RELEASE, attempt), name)).toEqual({ release: RELEASE, attempt });
      }),
    );
  });

  it.each([
    ['another id', '1234567890', deployedModelName('churn/v1', RELEASE, 1)],
    ['another attempt', deployedModelId(RELEASE, 2), deployedModelName('churn/v1', RELEASE, 1)],
    ['no name', deployedModelId(RELEASE, 1), ''],
    ['another name', deployedModelId(RELEASE, 1), 'churn v1'],
    ['something after the name', deployedModelId(RELEASE, 1), `${deployedModelName('c', RELEASE, 1)} copy`],
    ['attempt 0', deployedModelId(RELEASE, 0), deployedModelName('c', RELEASE, 0)],
  ])('does not take a model with %s for ours', (_, id, name) => {
    expect(ownerOf(id, name)).toBeNull();
  });
});
