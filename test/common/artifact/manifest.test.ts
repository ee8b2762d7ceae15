/** `manifest.json` as the deployer checks it for free, and as the predictor reads it ten minutes later. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../functions/errors.ts';
import { verify } from '../../../functions/release/checks/verify.ts';
import { readManifest as readInContainer } from '../../../predictor/artifact/manifest.ts';
import { memoryWorld } from '../../support/memory-world.ts';
import { requestOf } from '../../support/samples.ts';

const MODEL = { path: 'model.onnx', size: 5, sha256: 'a'.repeat(64) };

function manifest(...files: unknown[]): string {
  return JSON.stringify({ schema: 1, files });
}

/** Whether the deployer has nothing against it. Files that it lists and that are not there are waited for. */
async function passesTheFreeCheck(text: string): Promise<boolean> {
  const { artifacts, objects } = memoryWorld();
  const { generation } = objects.put('models', 'churn/v1/model.onnx');
  objects.put('models', 'churn/v1/manifest.json', text);
  try {
    await verify(artifacts, requestOf(1, { generation }));
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'MANIFEST_INVALID') return false;
    throw error;
  }
}

function isTakenByTheContainer(text: string): boolean {
  try {
    readInContainer(text);
    return true;
  } catch {
    return false;
  }
}

describe('a manifest', () => {
  it.each<[string, string]>([
    ['with a path twice', manifest(MODEL, MODEL)],
    ['with a path of a drive', manifest(MODEL, { ...MODEL, path: 'c:vocab.txt' })],
    ['with a size beyond safe integers', manifest(MODEL, { ...MODEL, path: 'b', size: 2 ** 60 })],
    ['of more than 256 KiB', manifest(MODEL).padEnd(262_145)],
    ['with a path of 513 characters', manifest(MODEL, { ...MODEL, path: 'x'.repeat(513) })],
    ['with an empty path', manifest(MODEL, { ...MODEL, path: '' })],
    ['with a way up', manifest(MODEL, { ...MODEL, path: 'a/../b' })],
    ['with other rows', JSON.stringify({ schema: 1, files: [MODEL], rows: 'second' })],
    ['with a list for an object', '[]'],
  ])('%s is refused for free, and in the container', async (_, text) => {
    expect([await passesTheFreeCheck(text), isTakenByTheContainer(text)]).toEqual([false, false]);
  });

  it.each<[string, string]>([
    ['of one file', manifest(MODEL)],
    ['with an empty file', manifest(MODEL, { ...MODEL, path: 'a/b', size: 0 })],
    ['with a signature', JSON.stringify({ schema: 1, files: [MODEL], signature: { inputs: [] } })],
    ['that says what its rows are', JSON.stringify({ schema: 1, files: [MODEL], rows: 'first' })],
    ['as large as can be', manifest(MODEL).padEnd(262_144)],
    ['of names that look like others', manifest(MODEL, { ...MODEL, path: 'a..b/.c/…/ d' })],
  ])('%s is taken for free, and in the container', async (_, text) => {
    expect([await passesTheFreeCheck(text), isTakenByTheContainer(text)]).toEqual([true, true]);
  });

  it('of a later age, with fields that are not known yet, is refused for free alone: an older image may serve it', async () => {
    const later = [
      JSON.stringify({ schema: 1, files: [MODEL], licence: 'MIT' }),
      manifest({ ...MODEL, crc32c: 'AAAAAA==' }),
    ];
    for (const text of later)
      expect([await passesTheFreeCheck(text), isTakenByTheContainer(text)]).toEqual([false, true]);
  });

  it('that passes the free check is taken by the container, whatever it says', async () => {
    const path = fc.oneof(
      fc.constantFrom(
        'model.onnx',
        'a',
        'a/b',
        'A',
        './a',
        'a/',
        '/a',
        'c:x',
        'C:/x',
        'a\\b',
        'a\u0000',
        'a:b',
        '..',
        'é',
        'e\u0301',
      ),
      fc.string({ maxLength: 8 }),
    );
    const size = fc.oneof(fc.constantFrom(5, 0, -0, -1, 1.5, 2 ** 53, 1e300, '5', null), fc.nat());
    const sha256 = fc.oneof(fc.constant(MODEL.sha256), fc.constantFrom('A'.repeat(64), 'a'.repeat(63), 7));
    const file = fc.oneof(fc.record({ path, size, sha256 }), fc.constantFrom(null, [], 'a', MODEL));
    const files = fc.oneof(
      fc.array(file, { maxLength: 4 }).map((more) => [MODEL, ...more]),
      fc.constantFrom([], null),
    );
    const schema = fc.oneof(
      { weight: 9, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.constantFrom(2, '1', null) },
    );
    await fc.assert(
      fc.asyncProperty(fc.record({ schema, files, signature: fc.jsonValue() }), async (value) => {
        const text = JSON.stringify(value);
        expect(isTakenByTheContainer(text)).toBe(await passesTheFreeCheck(text));
      }),
      { numRuns: 300 },
    );
  });
});
