/** Landing into the emulator with the real client: what is in the bucket afterwards, and in which order it came. */
import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { land, prepare, type Landed, type Landing } from '../../../../cli/commands/land/land.ts';
import { fileOf } from '../../../../cli/commands/land/folder.ts';
import { silent, uploadProgress } from '../../../../cli/commands/land/text.ts';
import { storageUploads, type Uploads } from '../../../../cli/commands/land/uploads.ts';
import { startEmulator, type Emulator } from '../../../../emulator/server.ts';
import { CallError } from '../../../../functions/errors.ts';
import { googleWorld } from '../../../../functions/google/world.ts';
import { releaseId } from '../../../../functions/release/ids.ts';
import type { World } from '../../../../functions/world.ts';
import { churn, config, NOW, recorder } from '../../fixtures.ts';
import { folderWith, GOOD } from './folders.ts';

let emulator: Emulator;
let world: World;
let uploads: Uploads;
let arrived: string[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ log: pino({ level: 'silent' }) });
  emulator.store.createBucket('models', {}, 'my-project');
  emulator.store.onChange(({ kind, name }) => {
    if (kind === 'finalize') arrived.push(name);
  });
  const env = { STORAGE_EMULATOR_HOST: emulator.url };
  world = googleWorld(config, env);
  uploads = storageUploads(config, env);
});

afterAll(() => emulator.close());

beforeEach(() => {
  arrived = [];
});

const FILES = { ...GOOD, 'golden.jsonl': '{"instance":[1],"prediction":1}', 'a/b.txt': 'x' };

async function landing(files: Record<string, string | Uint8Array>, as: string): Promise<Landing> {
  await using folder = await folderWith(files);
  const prepared = await prepare(churn, folder.path, { as }, NOW);
  // The folder is gone when it is landed: its content is kept.
  const kept = prepared.files.map(async (file) => ({
    ...file,
    content: await readFile(String(file.content)),
  }));
  return { ...prepared, files: await Promise.all(kept) };
}

function uploaded({ files }: Landed): string[] {
  return files.filter((file) => file.uploaded).map(({ path }) => path);
}

describe('an artifact', () => {
  it('lands with its marker last, and is the release that its arrival asks for', async () => {
    const landed = await land({ world, uploads }, await landing(FILES, 'v1'), silent);
    expect(new Set(arrived)).toEqual(
      new Set(['churn/v1/a/b.txt', 'churn/v1/golden.jsonl', 'churn/v1/model.onnx']),
    );
    expect(arrived.at(-1)).toBe('churn/v1/model.onnx');
    const marker = await world.artifacts.head('models', 'churn/v1/model.onnx');
    expect(landed).toMatchObject({
      service: 'churn',
      name: 'v1',
      artifact: `gs://models/churn/v1/model.onnx#${marker?.generation}`,
      release: releaseId('churn', 'models', 'churn/v1/model.onnx', marker?.generation ?? ''),
    });
    expect(uploaded(landed)).toEqual(['a/b.txt', 'golden.jsonl', 'model.onnx']);
  });

  it('that has landed before is left as it is', async () => {
    const first = await land({ world, uploads }, await landing(FILES, 'twice'), silent);
    arrived = [];
    const second = await land({ world, uploads }, await landing(FILES, 'twice'), silent);
    expect(arrived).toEqual([]);
    expect(uploaded(second)).toEqual([]);
    expect(second).toMatchObject({ artifact: first.artifact, release: first.release });
  });

  it('is never overwritten, nor added to', async () => {
    await land({ world, uploads }, await landing(FILES, 'taken'), silent);
    arrived = [];
    const others = [
      { ...FILES, 'golden.jsonl': '{"instance":[2],"prediction":2}' },
      { ...FILES, 'model.onnx': Buffer.from([0x08, 0x09, 0x3a, 0x00]) },
      { ...FILES, 'new.txt': 'x' },
    ];
    for (const files of others)
      await expect(land({ world, uploads }, await landing(files, 'taken'), silent)).rejects.toThrow(
        /^gs:\/\/models\/churn\/taken\/ exists with.*Nothing is overwritten: land this one as another version, not taken \(--as NAME\)$/,
      );
    expect(arrived).toEqual([]);
  });

  it('that was interrupted goes on where it was', async () => {
    const prepared = await landing(FILES, 'again');
    let left = 1;
    const failing: Uploads = {
      create(bucket, name, file, onProgress) {
        left -= 1;
        if (left < 0) return Promise.reject(new CallError('artifacts.create', 'UNAVAILABLE', 'no network'));
        return uploads.create(bucket, name, file, onProgress);
      },
    };
    await expect(land({ world, uploads: failing }, prepared, silent)).rejects.toThrow('no network');
    expect(arrived).toHaveLength(1);
    const [first = ''] = arrived;
    const landed = await land({ world, uploads }, prepared, silent);
    expect(arrived).toHaveLength(3);
    expect(uploaded(landed)).not.toContain(first.slice('churn/again/'.length));
    expect(arrived.at(-1)).toBe('churn/again/model.onnx');
  });

  it('without the files that another landing left half done is not completed with them', async () => {
    const other = fileOf('golden.jsonl', Buffer.from('of another'));
    await uploads.create('models', 'churn/half/golden.jsonl', other, () => {});
    arrived = [];
    await expect(land({ world, uploads }, await landing(FILES, 'half'), silent)).rejects.toThrow(
      'exists with another golden.jsonl',
    );
    expect(arrived).not.toContain('churn/half/model.onnx');
  });

  it('whose own lost write has won is landed', async () => {
    const forgetful: Uploads = {
      async create(...call) {
        await uploads.create(...call);
        return uploads.create(...call);
      },
    };
    const landed = await land({ world, uploads: forgetful }, await landing(FILES, 'lost'), silent);
    const marker = await world.artifacts.head('models', 'churn/lost/model.onnx');
    expect(landed.artifact).toBe(`gs://models/churn/lost/model.onnx#${marker?.generation}`);
  });

  it('of many megabytes is sent in parts, and its progress is shown', { timeout: 20_000 }, async () => {
    const size = 9 * 1024 * 1024;
    await using folder = await folderWith({ ...GOOD, 'weights.bin': Buffer.alloc(size, 7) });
    const heard: number[] = [];
    const listener = { ...silent, sent: (_: unknown, bytes: number) => void heard.push(bytes) };
    await land({ world, uploads }, await prepare(churn, folder.path, { as: 'large' }, NOW), listener);
    expect((await world.artifacts.head('models', 'churn/large/weights.bin'))?.size).toBe(size);
    expect(Math.max(...heard)).toBeGreaterThan(0);
    expect(arrived.at(-1)).toBe('churn/large/model.onnx');
  });
});

describe('a bucket', () => {
  it('that does not exist is reported as missing', async () => {
    const elsewhere = { ...churn, artifacts: { ...churn.artifacts, bucket: 'nowhere' } };
    const prepared = { ...(await landing(GOOD, 'v1')), service: elsewhere };
    await expect(land({ world, uploads }, prepared, silent)).rejects.toThrow(
      'the bucket nowhere does not exist: apply the Terraform first, or check artifacts of churn in slipway.yaml',
    );
  });

  it('accepts uploads of an account that may only create objects', async () => {
    const head = () => Promise.reject(new CallError('artifacts.head', 'PERMISSION_DENIED', 'no'));
    const blind = { ...world, artifacts: { ...world.artifacts, head } };
    await land({ world: blind, uploads }, await landing(GOOD, 'blind'), silent);
    expect(arrived).toEqual(['churn/blind/model.onnx']);
    await expect(land({ world: blind, uploads }, await landing(GOOD, 'blind'), silent)).rejects.toThrow(
      'exists without model.onnx, or you may not read it',
    );
  });
});

describe('what is printed', () => {
  const file = { path: 'weights.bin', size: 200_000_000, sha256: '', crc32c: '', content: '' };

  it('into a file: a line for each file, and for quarters of a large one', () => {
    const screen = recorder();
    const progress = uploadProgress(screen, () => 0);
    for (const sent of [1, 50_000_000, 51_000_000, 120_000_000, 200_000_000]) progress.sent(file, sent);
    progress.ended(file, true);
    progress.ended({ ...file, path: 'a.txt', size: 1044 }, false);
    expect(screen.lines).toEqual([
      'weights.bin  50 MB of 200 MB',
      'weights.bin  120 MB of 200 MB',
      'weights.bin  200 MB',
      'a.txt  1.0 kB  is there already',
    ]);
  });

  it('on a terminal: bars, ten times a second at most', () => {
    const screen = recorder(true);
    let now = 0;
    const progress = uploadProgress(screen, () => now);
    progress.sent(file, 50_000_000);
    progress.sent(file, 60_000_000);
    now = 100;
    progress.sent(file, 100_000_000);
    progress.ended(file, true);
    expect(screen.lines).toEqual([
      '~weights.bin  █████░░░░░░░░░░░░░░░ 50 MB of 200 MB',
      '~weights.bin  ██████████░░░░░░░░░░ 100 MB of 200 MB',
      'weights.bin  200 MB',
    ]);
  });
});
