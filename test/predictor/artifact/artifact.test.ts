import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readArtifact } from '../../../predictor/artifact/artifact.ts';
import { readManifest } from '../../../predictor/artifact/manifest.ts';
import { openStore, type Store } from '../../../predictor/artifact/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'artifact-'));
afterAll(() => rmSync(folder, { recursive: true }));

function storeOf(files: Readonly<Record<string, string>>): Store {
  const map = new Map(Object.entries(files));
  return {
    async read(path) {
      const text = map.get(path);
      return text === undefined ? null : Buffer.from(text);
    },
    async locate(path) {
      const text = map.get(path);
      if (text === undefined) return null;
      const file = join(mkdtempSync(join(folder, 'file-')), path);
      writeFileSync(file, text);
      return file;
    },
  };
}

function entry(path: string, text: string): { path: string; size: number; sha256: string } {
  return { path, size: text.length, sha256: createHash('sha256').update(text).digest('hex') };
}

function manifest(...files: unknown[]): string {
  return JSON.stringify({ schema: 1, files, signature: { inputs: [], outputs: [] } });
}

describe('an artifact', () => {
  test('needs nothing but model.onnx', async () => {
    const artifact = await readArtifact(storeOf({ 'model.onnx': 'm' }));
    expect(artifact).toMatchObject({ golden: null, claim: null, verified: false });
    expect(readFileSync(artifact.path, 'utf8')).toBe('m');
    expect(Buffer.from(artifact.model.bytes)).toEqual(Buffer.from('m'));
    artifact.model.giveBack();
    expect(artifact.model.bytes.length).toBe(0);
  });

  test('is verified by its manifest, and a file it does not list is not used', async () => {
    const files = {
      'model.onnx': 'm',
      'golden.jsonl': 'g',
      'manifest.json': manifest(entry('model.onnx', 'm')),
    };
    expect(await readArtifact(storeOf(files))).toMatchObject({ golden: null, verified: true });
  });

  test.each([
    { name: 'no model', files: {}, message: /^expected model\.onnx in the artifact, got none$/ },
    {
      name: 'a manifest without the model',
      files: { 'model.onnx': 'm', 'a.txt': 'a', 'manifest.json': manifest(entry('a.txt', 'a')) },
      message: /^expected manifest\.json to list model\.onnx, got none$/,
    },
    {
      name: 'a listed file that is missing',
      files: {
        'model.onnx': 'm',
        'manifest.json': manifest(entry('model.onnx', 'm'), entry('a/b.txt', 'x')),
      },
      message: /^expected a\/b\.txt, which manifest\.json lists, got none$/,
    },
    {
      name: 'another size',
      files: { 'model.onnx': 'more', 'manifest.json': manifest(entry('model.onnx', 'm')) },
      message: /^model\.onnx: expected 1 bytes by manifest\.json, got 4$/,
    },
    {
      name: 'other bytes',
      files: { 'model.onnx': 'n', 'manifest.json': manifest(entry('model.onnx', 'm')) },
      message: /^model\.onnx: expected SHA-256 62c66a7a/,
    },
  ])('with $name is refused', async ({ files, message }) => {
    await expect(readArtifact(storeOf({ ...files }))).rejects.toThrow(message);
  });
});

describe('a manifest is refused', () => {
  const good = entry('model.onnx', 'm');
  test.each([
    { name: 'not JSON', text: '{', message: /expected JSON/ },
    {
      name: 'another schema',
      text: JSON.stringify({ schema: 2, files: [good] }),
      message: /schema: expected 1/,
    },
    { name: 'no files', text: manifest(), message: /files: expected a list/ },
    { name: 'null', text: 'null', message: /schema: expected 1; files: expected a list/ },
    {
      name: 'upper-case sha256',
      text: manifest({ ...good, sha256: good.sha256.toUpperCase() }),
      message: /files\[0\]\.sha256/,
    },
    { name: 'a negative size', text: manifest({ ...good, size: -1 }), message: /files\[0\]\.size/ },
    { name: 'a size as text', text: manifest({ ...good, size: '1' }), message: /files\[0\]\.size/ },
    { name: 'a path twice', text: manifest(good, good), message: /each path once/ },
    {
      name: 'a path out of the artifact',
      text: manifest({ ...good, path: '../model.onnx' }),
      message: /inside the artifact/,
    },
    {
      name: 'an absolute path',
      text: manifest({ ...good, path: '/etc/passwd' }),
      message: /inside the artifact/,
    },
    { name: 'a backslash', text: manifest({ ...good, path: '..\\a' }), message: /inside the artifact/ },
    { name: 'a NUL', text: manifest({ ...good, path: 'a\u0000' }), message: /inside the artifact/ },
    { name: 'an empty segment', text: manifest({ ...good, path: 'a//b' }), message: /inside the artifact/ },
    { name: '10 MB', text: ' '.repeat(10_000_000), message: /at most/ },
    { name: '10,000 levels', text: '['.repeat(10_000) + ']'.repeat(10_000), message: /schema: expected 1/ },
  ])('$name', ({ text, message }) => {
    expect(() => readManifest(text)).toThrow(message);
  });
});

describe('a folder on disk', () => {
  test('gives its files and null for what is not there', async () => {
    writeFileSync(join(folder, 'a.txt'), 'abc');
    const store = await openStore(pathToFileURL(folder).href);
    expect(await store.read('a.txt')).toEqual(Buffer.from('abc'));
    expect(await store.read('b.txt')).toBeNull();
  });

  test('has a model that is a file, and can be read', async () => {
    const made = mkdtempSync(join(folder, 'odd-'));
    symlinkSync('/etc/passwd', join(made, 'model.onnx'));
    const store = await openStore(pathToFileURL(made).href);
    await expect(readArtifact(store)).rejects.toThrow(/model\.onnx to be a file, got something else/);
    const gone: Store = { ...store, locate: async () => join(made, 'gone') };
    await expect(readArtifact(gone)).rejects.toThrow("the artifact's model.onnx cannot be read");
  });

  test('follows no links', async () => {
    symlinkSync('/etc/passwd', join(folder, 'link.txt'));
    const store = await openStore(pathToFileURL(folder).href);
    await expect(store.read('link.txt')).rejects.toThrow(/link\.txt cannot be read/);
  });
});
