import type { Clock } from '../core/clock.ts';
import type { LogBook } from '../logging/log-book.ts';
import type { Traffic } from '../monitoring/traffic.ts';
import type { Operations } from '../core/operations.ts';
import type { BatchFiles } from './batch/files.ts';
import type { Behaviour } from './behaviour.ts';
import type { Durations } from './durations.ts';
import type { ContainerRuntime } from './container.ts';

/** Where models' artifacts are read from and copied to. */
export interface ArtifactStore {
  /** Copies every object whose name starts with `prefix` to the other folder. Returns how many there were. */
  copyFolder(from: Folder, to: Folder): number;
  has(bucket: string, name: string): boolean;
  /** Deletes every object whose name starts with `prefix`. */
  deleteFolder(folder: Folder): void;
}

export interface Folder {
  readonly bucket: string;
  /** Ends with a slash. */
  readonly prefix: string;
}

/** The folder of `gs://BUCKET/PATH`. */
export function folderOf(uri: string): Folder {
  const [, , bucket = '', ...path] = uri.split('/');
  return { bucket, prefix: `${path.join('/')}/` };
}

/** What the parts of the Vertex AI emulator share. */
export interface Context {
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly operations: Operations;
  readonly artifacts: ArtifactStore;
  readonly files: BatchFiles;
  readonly runtime: ContainerRuntime;
  /** What the containers write, and what the endpoints answer. */
  readonly logs: LogBook;
  readonly traffic: Traffic;
  readonly durations: Durations;
  /** May change while the emulator runs. */
  behaviour: Behaviour;
  /** What a deployed model finds in STORAGE_EMULATOR_HOST. */
  readonly storageHost: () => string;
}

export const typePrefix = 'type.googleapis.com/google.cloud.aiplatform.v1.';
export const emptyResponse = { '@type': 'type.googleapis.com/google.protobuf.Empty' };

export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}

/** Vertex AI's generated ids: up to 19 decimal digits. */
export function newId(random: () => number, digits = 19): string {
  let id = String(1 + Math.floor(random() * 8));
  while (id.length < digits) id += String(Math.floor(random() * 10));
  return id;
}

export function newEtag(random: () => number): string {
  return `AMEw9y${Buffer.from(newId(random, 24)).toString('base64url')}`;
}
