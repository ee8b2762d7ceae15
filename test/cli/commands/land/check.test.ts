/** What is refused before anything is uploaded, in words; and what may pass. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepare } from '../../../../cli/commands/land/land.ts';
import { parseConfig, type Service } from '../../../../functions/config/config.ts';
import { churn, NOW } from '../../fixtures.ts';
import { folderWith, GOOD, TINY_ONNX, V1 } from './folders.ts';

const ROW = '{"instance":[1],"prediction":1}';

function manifest(files: readonly object[], more: object = {}): string {
  return JSON.stringify({ schema: 1, files, ...more });
}

const MODEL = {
  path: 'model.onnx',
  size: 4,
  sha256: '5c0f6f6d4fd38ea0ba1a7fdb0b27a1f4a7c6a1bb6c1d3ce3d79e27c9e0a4f1d2',
};

function withPattern(artifacts: string): Service {
  const yaml = `
project: my-project
region: us-central1
state: my-state
services:
  churn: { artifacts: "${artifacts}", image: "registry/churn", endpoint: churn }`;
  const service = parseConfig(yaml).services.get('churn');
  if (service === undefined) throw new Error('there is no service churn');
  return service;
}

async function refusal(files: Record<string, string | Uint8Array>, service = churn): Promise<string> {
  await using folder = await folderWith(files);
  try {
    await prepare(service, folder.path, {}, NOW);
    return 'nothing is wrong';
  } catch (error) {
    return String(Reflect.get(Object(error), 'message')).replace(folder.path, 'FOLDER');
  }
}

describe('refused is', () => {
  it.each<[string, Record<string, string | Uint8Array>, string]>([
    [
      'an empty folder',
      {},
      'the folder has no model.onnx, which completes an artifact of gs://models/churn/*/model.onnx; it has no files',
    ],
    [
      'a folder without the marker',
      { 'model.pkl': 'x', 'a/model.onnx': TINY_ONNX },
      'the folder has no model.onnx, which completes an artifact of gs://models/churn/*/model.onnx; it has a/model.onnx, model.pkl',
    ],
    [
      'an empty marker',
      { 'model.onnx': '' },
      'model.onnx is empty: it is still being written, or its export failed',
    ],
    [
      'text for a model',
      { 'model.onnx': 'hello' },
      'model.onnx is not an ONNX model, or only a part of one (wire type 4 does not exist)',
    ],
    [
      'a model without a graph',
      { 'model.onnx': Buffer.from([0x08, 0x08]) },
      'model.onnx is not an ONNX model: expected one graph, got 0',
    ],
    [
      'golden rows that are none',
      { ...GOOD, 'golden.jsonl': `${ROW}\n[1]\n` },
      'golden.jsonl line 2: expected {"instance": …, "prediction": …} on one line, got an array; rows are not elements of a list but lines, without commas between them',
    ],
    [
      'golden rows that end too early',
      { ...GOOD, 'golden.jsonl': `${ROW}\n{"instance"` },
      'golden.jsonl line 2: expected {"instance": …, "prediction": …} on one line, got what is not JSON from column 12 on',
    ],
    [
      'no golden rows',
      { ...GOOD, 'golden.jsonl': '\n' },
      'golden.jsonl has no rows: leave it out, or write some',
    ],
    [
      'a manifest of another model',
      { ...GOOD, 'manifest.json': manifest([MODEL]) },
      'manifest.json does not match the artifact',
    ],
    [
      'a manifest of another size',
      { ...GOOD, 'manifest.json': manifest([{ ...MODEL, size: 5 }]) },
      'model.onnx: expected 5 bytes, got 4',
    ],
    [
      'a manifest with files that are not here',
      { ...GOOD, 'manifest.json': manifest([{ ...MODEL, path: 'x.bin' }, MODEL]) },
      'x.bin is missing',
    ],
    ['a manifest that is none', { ...GOOD, 'manifest.json': '{}' }, 'schema: expected 1'],
  ])('%s', async (_, files, expected) => {
    const text = await refusal(files);
    expect(text).toMatch(/^FOLDER cannot be uploaded as an artifact:\n {2}- /);
    expect(text).toContain(expected);
  });

  it('everything at once', async () => {
    const text = await refusal({ 'model.onnx': 'hello', 'golden.jsonl': 'x', 'manifest.json': '{' });
    expect(text.split('\n  - ')).toHaveLength(4);
  });

  it('a symbolic link: what is landed is what lies in the folder', async () => {
    await using folder = await folderWith(GOOD);
    await symlink('/etc/hostname', join(folder.path, 'config.txt'));
    await expect(prepare(churn, folder.path, {}, NOW)).rejects.toThrow('config.txt is a symbolic link');
  });

  it('what is no folder', async () => {
    await expect(prepare(churn, join(V1, 'model.onnx'), {}, NOW)).rejects.toThrow('expected a folder, got ');
    await expect(prepare(churn, '/nowhere', {}, NOW)).rejects.toThrow('expected a folder, got /nowhere');
  });

  it.each(['', '.', '..', 'a/b', 'a\nb', '/'])('the name %j for one folder', async (as) => {
    await expect(prepare(churn, V1, { as }, NOW)).rejects.toThrow(
      '--as: expected one folder name for gs://models',
    );
  });
});

describe('landed can be', () => {
  it('the example, marker last, under a name of its date and content', async () => {
    const { name, marker, files } = await prepare(churn, V1, {}, NOW);
    expect(name).toMatch(/^20261123-[0-9a-f]{8}$/);
    expect(marker).toBe(`churn/${name}/model.onnx`);
    expect(files.map(({ path }) => path)).toEqual(['golden.jsonl', 'manifest.json', 'model.onnx']);
    expect((await prepare(churn, V1, {}, NOW)).name).toBe(name);
  });

  it('another content under another name', async () => {
    await using a = await folderWith({ ...GOOD, 'a.txt': '1' });
    await using b = await folderWith({ ...GOOD, 'a.txt': '2' });
    const names = await Promise.all(
      [a, b].map(async ({ path }) => (await prepare(churn, path, {}, NOW)).name),
    );
    expect(new Set(names).size).toBe(2);
  });

  it('files in folders, but none whose names begin with a dot', async () => {
    await using folder = await folderWith({
      ...GOOD,
      'vocabulary/words.txt': 'a',
      '.DS_Store': 'x',
      '.git/x': '',
    });
    const { files } = await prepare(churn, folder.path, {}, NOW);
    expect(files.map(({ path }) => path)).toEqual(['vocabulary/words.txt', 'model.onnx']);
  });

  it('a model of another format, by its marker', async () => {
    await using folder = await folderWith({ 'model.joblib': 'not looked into' });
    const { marker } = await prepare(
      withPattern('gs://models/churn/*/model.joblib'),
      folder.path,
      { as: 'v1' },
      NOW,
    );
    expect(marker).toBe('churn/v1/model.joblib');
  });

  it('a folder without its signal, which is written', async () => {
    await using folder = await folderWith({ 'saved_model.pb': 'x' });
    const { files } = await prepare(withPattern('gs://models/churn/*/_SUCCESS'), folder.path, {}, NOW);
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['saved_model.pb', 1],
      ['_SUCCESS', 0],
    ]);
  });

  it('a name for each * of the pattern', async () => {
    const service = withPattern('gs://models/*/churn/*/model.onnx');
    const { marker } = await prepare(service, V1, { as: 'emea/v1' }, NOW);
    expect(marker).toBe('emea/churn/v1/model.onnx');
    await expect(prepare(service, V1, {}, NOW)).rejects.toThrow(
      'expected 2 folder names with "/" between them',
    );
  });

  it('a manifest that is made, and keeps what else the old one says', async () => {
    const signature = { inputs: [], outputs: [] };
    await using folder = await folderWith({
      ...GOOD,
      'golden.jsonl': ROW,
      'manifest.json': manifest([{ ...MODEL, size: 5 }], { signature }),
    });
    const { files } = await prepare(churn, folder.path, { manifest: true }, NOW);
    const made = files.find(({ path }) => path === 'manifest.json');
    expect(JSON.parse(String(made?.content))).toEqual({
      schema: 1,
      signature,
      files: [
        expect.objectContaining({ path: 'golden.jsonl', size: ROW.length }),
        expect.objectContaining({ path: 'model.onnx', size: 4 }),
      ],
    });
  });
});
