/**
 * What ONNX Runtime gives back while it loads a model, glibc keeps: freed blocks raise the size from which memory is
 * taken from the system and given back at once, and then as much as half a model stays in gaps between its tensors.
 * A fixed size prevents that, which has to be in the environment before the process starts.
 * https://man7.org/linux/man-pages/man3/mallopt.3.html (M_MMAP_THRESHOLD)
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The environment of a process that loads a model; the image has it from its recipe. */
export const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: String(1024 * 1024) } as const;

// A smaller model is not worth starting twice for.
const LARGE_BYTES = 64 * 1024 * 1024;

/** Becomes this same process once more, with such an environment, if it was started without and the model is large. */
export function prepareAllocator(storageUri: string): void {
  const isPrepared = process.env['MALLOC_MMAP_THRESHOLD_'] !== undefined;
  // What a parent has to say through a channel would be lost.
  if (isPrepared || process.platform !== 'linux' || process.connected) return;
  if (!storageUri.startsWith('file://') || sizeOf(storageUri) < LARGE_BYTES) return;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(process.execPath, command, { ...process.env, ...ALLOCATOR });
}

function sizeOf(storageUri: string): number {
  return statSync(join(fileURLToPath(storageUri), 'model.onnx'), { throwIfNoEntry: false })?.size ?? 0;
}
