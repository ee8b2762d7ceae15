/** A service whose artifacts land in several places. */
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../functions/config/config.ts';
import { completes, markerOf, matches, parsePatterns, textOf } from '../../../functions/config/pattern.ts';
import { GOOD } from './samples.ts';

const HERE = 'gs://models/churn/*/model.onnx';
const THERE = 'gs://research/*/*/_SUCCESS';

function both() {
  const pattern = parsePatterns([HERE, THERE]);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
}

describe('two patterns', () => {
  const object = (bucket: string, name: string, size: number) => ({
    bucket,
    name,
    size,
    generation: '1',
    createdAt: 0,
    checksum: null,
    contentEncoding: null,
  });

  it('match what either does', () => {
    expect(matches(both(), 'models', 'churn/v1/model.onnx')).toBe(true);
    expect(matches(both(), 'research', 'churn/v1/_SUCCESS')).toBe(true);
    expect(matches(both(), 'research', 'churn/v1/model.onnx')).toBe(false);
  });

  it('take an empty marker where the one that matches is a signal', () => {
    expect(completes(both(), object('research', 'churn/v1/_SUCCESS', 0))).toBe(true);
    expect(completes(both(), object('models', 'churn/v1/model.onnx', 0))).toBe(false);
  });

  it('find the marker in its own bucket', () => {
    expect(markerOf(both(), 'gs://research/churn/v1/')).toEqual({
      bucket: 'research',
      name: 'churn/v1/_SUCCESS',
    });
    expect(textOf(both())).toBe(`${HERE} or ${THERE}`);
  });
});

describe('in slipway.yaml', () => {
  const problems = (artifacts: string, more = '') => {
    try {
      parseConfig(`${GOOD.replace(HERE, artifacts).trimEnd()}\n${more}`);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  it('a list is taken', () => {
    expect(problems(`[${HERE}, ${THERE}]`)).toEqual([]);
  });

  it.each([
    ['[]', 'artifacts: expected a list of 1 to 10, got a list of 0'],
    [`[${HERE}, models]`, 'artifacts.1: expected gs://BUCKET/PREFIX/*/MARKER, got "models"'],
    [
      `[${HERE}, gs://models/x/model.onnx]`,
      'artifacts: expected at least one "*", so that every artifact has a folder of its own, got "gs://models/x/model.onnx"',
    ],
    [`[${HERE}, gs://models/*/v1/model.onnx]`, 'artifacts: expected patterns without a marker in common'],
    [
      `[${HERE}, gs://my-state/*/model.onnx]`,
      'artifacts: expected another bucket than the state bucket, got my-state',
    ],
    ['5', 'artifacts: expected gs://BUCKET/PREFIX/*/MARKER, got 5'],
  ])('%s is refused', (artifacts, problem) => {
    expect(problems(artifacts)).toEqual([`services.churn.${problem}`]);
  });

  it('another service may not have one of them', () => {
    const other = '  other:\n    artifacts: gs://research/*/*/_SUCCESS\n    image: i\n    endpoint: other\n';
    expect(problems(`[${HERE}, ${THERE}]`, other)).toEqual([
      'services.other.artifacts: expected artifacts of its own, got some of churn',
    ]);
  });
});
