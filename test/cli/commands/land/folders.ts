/** Folders with artifacts, for the tests of landing. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const V1 = fileURLToPath(new URL('../../../../examples/breast-cancer/artifacts/v1', import.meta.url));

/** A ModelProto with an empty graph. */
export const TINY_ONNX = Buffer.from([0x08, 0x08, 0x3a, 0x00]);

export const GOOD = { 'model.onnx': TINY_ONNX } as const;

export interface Folder {
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Removed at the end of the scope. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'slipway-land-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
