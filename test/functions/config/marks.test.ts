/** SLIPWAY_KMS_KEY and SLIPWAY_LABELS: what a project asks of everything that is made on Vertex AI. */
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig, type Environment } from '../../../functions/config/config.ts';
import { GOOD } from './samples.ts';

const KEY = 'projects/my-project/locations/us-central1/keyRings/ring_1/cryptoKeys/Key-1';

function problemOf(env: Environment): string {
  try {
    parseConfig(GOOD, env);
  } catch (error) {
    if (error instanceof ConfigError && error.problems.length === 1) return error.problems[0] ?? '';
    throw error;
  }
  throw new Error('nothing is wrong');
}

it.each<Environment>([{}, { SLIPWAY_KMS_KEY: '', SLIPWAY_LABELS: '' }, { SLIPWAY_LABELS: '{}' }])(
  'asks for nothing: %j',
  (env) => {
    expect(parseConfig(GOOD, env)).toMatchObject({ kmsKey: null, labels: new Map() });
  },
);

describe('the key', () => {
  it.each([KEY, KEY.replace('my-project', 'example.com:keys-of-all')])('%s', (key) => {
    expect(parseConfig(GOOD, { SLIPWAY_KMS_KEY: key }).kmsKey).toBe(key);
  });

  it.each([
    'key',
    `${KEY}/cryptoKeyVersions/1`,
    `//cloudkms.googleapis.com/${KEY}`,
    KEY.replace('my-project', 'My Project'),
    `${KEY}\n`,
  ])('is refused: %s', (key) => {
    expect(problemOf({ SLIPWAY_KMS_KEY: key })).toMatch(/^SLIPWAY_KMS_KEY: expected projects\/.+, got "/);
  });

  it('is of the region of what it encrypts', () => {
    expect(problemOf({ SLIPWAY_KMS_KEY: KEY.replace('us-central1', 'europe-west1') })).toBe(
      'SLIPWAY_KMS_KEY: expected a key in the region us-central1, got one in europe-west1',
    );
  });
});

describe('the labels', () => {
  it('are those of the JSON object', () => {
    const labels = { team: 'search', 'cost_center-1': '', größe: 'groß' };
    expect(parseConfig(GOOD, { SLIPWAY_LABELS: JSON.stringify(labels) }).labels).toEqual(
      new Map(Object.entries(labels)),
    );
  });

  it.each(['{', '[]', '"team"', '1', 'null'])('are refused as no object: %s', (text) => {
    expect(problemOf({ SLIPWAY_LABELS: text })).toContain('SLIPWAY_LABELS: expected a JSON object of labels');
  });

  it.each([
    ['a capital', { Team: 'x' }],
    ['a digit first', { '1team': 'x' }],
    ['a blank', { 'my team': 'x' }],
    ['no name', { '': 'x' }],
    ['a long name', { ['x'.repeat(64)]: 'x' }],
    ['a value with capitals', { team: 'Search' }],
    ['a long value', { team: 'x'.repeat(64) }],
    ['a number', { team: 1 }],
    ['null', { team: null }],
    ['an object', { team: {} }],
    ['a label of Slipway’s', { 'slipway-epoch': '99' }],
    ['a label of Google’s', { 'goog-x': '1' }],
    ['too many', Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`label${i}`, '']))],
  ])('are refused with %s', (_, labels) => {
    expect(problemOf({ SLIPWAY_LABELS: JSON.stringify(labels) })).toMatch(/^SLIPWAY_LABELS: .*expected /);
  });
});
