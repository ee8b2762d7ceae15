import { describe, expect, it } from 'vitest';
import { verify, type Verification } from '../../../../functions/release/checks/verify.ts';
import { memoryWorld, type MemoryWorld } from '../../../support/memory-world.ts';
import { requestOf } from '../../../support/samples.ts';

const SHA = 'a'.repeat(64);
const FILE = { path: 'model.onnx', size: 5, sha256: SHA };

/** An artifact of one file, with this manifest if any. */
function landed(manifest?: string): { world: MemoryWorld; check: () => Promise<Verification> } {
  const world = memoryWorld();
  const marker = world.objects.put('models', 'churn/v1/model.onnx');
  world.objects.put('models', 'secret/key', 'model');
  if (manifest !== undefined) world.objects.put('models', 'churn/v1/manifest.json', manifest);
  const request = requestOf(1, { generation: marker.generation });
  return { world, check: () => verify(world.artifacts, request) };
}

function manifest(...files: object[]): string {
  return JSON.stringify({ schema: 1, files });
}

function whole(verified: object): object {
  return { is: 'whole', verified };
}

function without(field: keyof typeof FILE): object {
  return { ...FILE, [field]: undefined };
}

describe('verify', () => {
  it('takes an artifact without a manifest', async () => {
    await expect(landed().check()).resolves.toMatchObject(whole({ marker: { size: 5 }, manifest: null }));
  });

  it('takes the signature of a model along', async () => {
    await expect(
      landed(JSON.stringify({ schema: 1, files: [FILE], signature: { inputs: [] } })).check(),
    ).resolves.toMatchObject(whole({ manifest: { schema: 1 } }));
  });

  it('takes an artifact that is what its manifest says, in folders of its own too', async () => {
    const { world, check } = landed(
      manifest(FILE, { path: 'vocab/…/ words.txt', size: 3, sha256: 'b'.repeat(64) }),
    );
    world.objects.put('models', 'churn/v1/vocab/…/ words.txt', 'abc', 'b'.repeat(64));
    await expect(check()).resolves.toMatchObject(whole({ manifest: { schema: 1 } }));
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['no JSON', 'schema: 1'],
    ['YAML with anchors', 'a: &a [x,x]\nb: [*a,*a]'],
    ['cut', manifest(FILE).slice(0, -2)],
    ['null', 'null'],
    ['an array', '[]'],
    ['an empty object', '{}'],
    ['10,000 deep', `{"schema":1,"files":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['larger than 256 KB', manifest(FILE).padEnd(10_000_000)],
    ['of another schema', JSON.stringify({ schema: 2, files: [FILE] })],
    ['without a schema', JSON.stringify({ files: [FILE] })],
    ['without files', manifest()],
    ['with 1,001 files', manifest(...Array.from({ length: 1_001 }, () => FILE))],
    ['with files as an object', JSON.stringify({ schema: 1, files: { '0': FILE } })],
    ['with an image', JSON.stringify({ schema: 1, files: [FILE], image: 'evil' })],
    ['with a machine type', JSON.stringify({ schema: 1, files: [FILE], machineType: 'a2-ultragpu-8g' })],
    ['with an artifactUri', JSON.stringify({ schema: 1, files: [FILE], artifactUri: 'gs://other/x' })],
    ['with __proto__', `{"schema":1,"files":[${JSON.stringify(FILE)}],"__proto__":{"image":"evil"}}`],
    ['with an unknown field of a file', manifest({ ...FILE, url: 'http://evil' })],
    ['with a file without a path', manifest(without('path'))],
    ['with a file without a size', manifest(without('size'))],
    ['with a file without a hash', manifest(without('sha256'))],
    ['with a size as text', manifest({ ...FILE, size: '5' })],
    ['with size 0', manifest({ ...FILE, size: 0 })],
    ['with a negative size', manifest({ ...FILE, size: -5 })],
    ['with half a byte', manifest({ ...FILE, size: 5.5 })],
    ['with a size beyond numbers', manifest(FILE).replace('"size":5', '"size":1e400')],
    ['with a short hash', manifest({ ...FILE, sha256: 'a'.repeat(63) })],
    ['with a long hash', manifest({ ...FILE, sha256: 'a'.repeat(65) })],
    ['with a hash in capitals', manifest({ ...FILE, sha256: 'A'.repeat(64) })],
    ['with a hash that is none', manifest({ ...FILE, sha256: 'g'.repeat(64) })],
    ['with a hash in other digits', manifest({ ...FILE, sha256: '١'.repeat(64) })],
    ['with another size', manifest({ ...FILE, size: 6 })],
    ['with another hash', manifest({ ...FILE, sha256: 'b'.repeat(64) })],
    ['that does not list the marker', manifest({ ...FILE, path: 'key' })],
    ['with an empty path', manifest({ ...FILE, path: '' })],
    ['with a way up', manifest({ ...FILE, path: '../../secret/key' })],
    ['with a way up in the middle', manifest({ ...FILE, path: 'a/../../../secret/key' })],
    ['with a way up at the end', manifest({ ...FILE, path: 'a/..' })],
    ['with a dot', manifest({ ...FILE, path: './model.onnx' })],
    ['with an absolute path', manifest({ ...FILE, path: '/secret/key' })],
    ['with a double slash', manifest({ ...FILE, path: 'a//model.onnx' })],
    ['with a trailing slash', manifest({ ...FILE, path: 'model.onnx/' })],
    ['with backslashes', manifest({ ...FILE, path: '..\\secret\\key' })],
    ['with NUL', manifest({ ...FILE, path: 'model.onnx\u0000.txt' })],
    ['with a line break', manifest({ ...FILE, path: 'model\n.onnx' })],
    ['with a URI for a path', manifest({ ...FILE, path: 'gs://other/key' })],
    ['with a path of 513 characters', manifest({ ...FILE, path: 'x'.repeat(513) })],
  ])('refuses a manifest %s', async (_, text) => {
    const { world, check } = landed(text);
    const before = world.snapshot();
    const began = performance.now();
    await expect(check()).rejects.toMatchObject({ name: 'Problem', code: 'MANIFEST_INVALID' });
    expect(world.snapshot()).toEqual(before);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('names what is wrong in a few words, however much it is', async () => {
    const files = Array.from({ length: 900 }, () => ({ path: 'x'.repeat(2_000), size: '5' }));
    await expect(landed(JSON.stringify({ schema: 1, files }).slice(0, 250_000)).check()).rejects.toThrow(
      /JSON/,
    );
    await expect(landed(manifest(...files.slice(0, 100))).check()).rejects.toSatisfy(
      (error: Error) => error.message.length < 1_000,
    );
  });

  it('tells a marker that was overwritten from one that is gone', async () => {
    const overwritten = landed();
    overwritten.world.objects.put('models', 'churn/v1/model.onnx', 'other content');
    await expect(overwritten.check()).rejects.toMatchObject({ code: 'ARTIFACT_OVERWRITTEN' });
    const gone = landed();
    gone.world.objects.delete('models', 'churn/v1/model.onnx');
    await expect(gone.check()).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it.each(['model.onnx', 'manifest.json', 'golden.jsonl', 'vocab.txt'])(
    'refuses %s if it is packed',
    async (name) => {
      const { world, check } = landed(manifest(FILE, { path: 'vocab.txt', size: 5, sha256: SHA }));
      world.objects.put('models', 'churn/v1/vocab.txt', 'model');
      const { object, content = '' } = world.objects.find('models', `churn/v1/${name}`) ?? { object: null };
      const head = world.artifacts.head.bind(world.artifacts);
      const packed = { ...(object ?? world.objects.put('models', `churn/v1/${name}`, content)) };
      world.artifacts.head = async (bucket, asked) =>
        asked === `churn/v1/${name}` ? { ...packed, contentEncoding: 'gzip' } : head(bucket, asked);
      await expect(check()).rejects.toMatchObject({
        code: 'ARTIFACT_ENCODED',
        detail: `gs://models/churn/v1/${name} has the Content-Encoding gzip`,
      });
    },
  );

  it('lets a manifest leave out a marker that is no part of the artifact, and list an empty file', async () => {
    const world = memoryWorld();
    const empty = { path: '__init__.py', size: 0, sha256: SHA };
    world.objects.put('models', 'churn/v1/model.onnx');
    world.objects.put('models', 'churn/v1/__init__.py', '');
    world.objects.put('models', 'churn/v1/manifest.json', manifest(FILE, empty));
    const { generation } = world.objects.put('models', 'churn/v1/_SUCCESS', '');
    const request = requestOf(1, { marker: 'churn/v1/_SUCCESS', generation });
    await expect(verify(world.artifacts, request)).resolves.toMatchObject(whole({ manifest: { schema: 1 } }));
  });

  it('takes a marker of any name for a signal where the request says so', async () => {
    const { world } = landed(manifest(FILE));
    world.objects.put('models', 'churn/v1/model.onnx');
    const { generation } = world.objects.put('models', 'churn/v1/model.json', '');
    const request = requestOf(1, { marker: 'churn/v1/model.json', generation });
    await expect(verify(world.artifacts, request)).rejects.toThrow('expected files to list model.json');
    const signal = { ...request, signal: true };
    await expect(verify(world.artifacts, signal)).resolves.toMatchObject(whole({ manifest: { schema: 1 } }));
  });

  it('looks again at a manifest or a file that is overwritten while it is read', async () => {
    const { world, check } = landed(manifest(FILE));
    world.artifacts.sha256 = async () => ({ ended: 'gone' });
    await expect(check()).rejects.toMatchObject({ method: 'artifacts.sha256', status: 'ABORTED' });
    world.artifacts.read = async () => null;
    await expect(check()).rejects.toMatchObject({ method: 'artifacts.read', status: 'ABORTED' });
  });
});
