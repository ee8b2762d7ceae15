/**
 * Lands the artifact in a folder: every file into a new folder of the service's bucket, the marker last, nothing
 * overwritten. What is there already with the same content is left, so that an interrupted landing goes on.
 */
import type { Service } from '../../../functions/config/config.ts';
import { CallError } from '../../../functions/errors.ts';
import { releaseId } from '../../../functions/release/ids.ts';
import { matches } from '../../../functions/config/pattern.ts';
import type { Artifacts, StoredObject } from '../../../functions/world.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import type { Session } from '../../session.ts';
import { iso, printable } from '../../terminal/words.ts';
import { problemsOf } from './check.ts';
import { digestOf, fileOf, readFolder, type LocalFile } from './folder.ts';
import { withManifest } from './manifest.ts';
import { folderPrefix } from '../../../common/artifact/uri.ts';

export interface LandOptions {
  /** What stands for each `*` of the pattern, with `/` between; default: the date and the content. */
  readonly as?: string;
  /** Writes manifest.json. */
  readonly manifest?: true;
}

/** An artifact that can be landed, and where. */
export interface Landing {
  readonly service: Service;
  readonly name: string;
  /** The marker's name in the bucket. */
  readonly marker: string;
  /** The marker last. */
  readonly files: readonly LocalFile[];
}

/** The shape of `slipway land --json`, documented in docs/cli.md. */
export interface Landed {
  readonly service: string;
  readonly name: string;
  /** The marker with its generation. */
  readonly artifact: string;
  /** The id of the release that the arrival of the marker asks for. */
  readonly release: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly uploaded: boolean }[];
}

export interface Listener {
  /** So many bytes of the file have been sent. */
  sent(file: LocalFile, bytes: number): void;
  /** The file is in the bucket; `uploaded` is false if it was there already. */
  ended(file: LocalFile, uploaded: boolean): void;
}

/** How many files are sent at a time: most artifacts are one large file and some small ones. */
const AT_A_TIME = 4;

/** Reads and checks the folder. Throws a Failure with every problem of it. */
export async function prepare(
  service: Service,
  folder: string,
  options: LandOptions,
  now: number,
): Promise<Landing> {
  const { artifacts } = service;
  let files = await readFolder(folder);
  const isThere = files.some(({ path }) => path === artifacts.marker);
  // A signal says nothing but that the rest is there.
  if (!isThere && artifacts.isSignal && files.length > 0)
    files = [...files, fileOf(artifacts.marker, Buffer.alloc(0))];
  if (options.manifest === true) files = await withManifest(files, artifacts);
  const problems = await problemsOf(service, files);
  if (problems.length > 0)
    throw new Failure(
      EXIT.usage,
      [`${folder} cannot be uploaded as an artifact:`, ...problems.map((p) => `  - ${p}`)].join('\n'),
    );
  const name = options.as ?? `${iso(now).slice(0, 10).replaceAll('-', '')}-${digestOf(files)}`;
  const marker = markerNamed(service, name);
  const isMarker = ({ path }: LocalFile) => path === artifacts.marker;
  return { service, name, marker, files: [...files.filter((f) => !isMarker(f)), ...files.filter(isMarker)] };
}

function markerNamed({ artifacts }: Service, name: string): string {
  const parts = name.split('/');
  const marker = artifacts.segments
    .map((segment) => (segment === '*' ? (parts.shift() ?? '') : segment))
    .join('/');
  if (parts.length === 0 && matches(artifacts, artifacts.bucket, marker)) return marker;
  const stars = artifacts.segments.filter((segment) => segment === '*').length;
  const wanted = stars === 1 ? 'one folder name' : `${stars} folder names with "/" between them`;
  throw new Failure(EXIT.usage, `--as: expected ${wanted} for ${artifacts.text}, got ${printable(name)}`);
}

/** Rejects with a Failure or a CallError. */
export async function land(
  { world, uploads }: Pick<Session, 'world' | 'uploads'>,
  landing: Landing,
  listener: Listener,
): Promise<Landed> {
  const { service, marker, files } = landing;
  const { bucket } = service.artifacts;
  const done: Landed['files'][number][] = [];

  const put = async (file: LocalFile): Promise<string> => {
    const created = await uploads.create(bucket, folderOf(landing) + file.path, file, (bytes) =>
      listener.sent(file, bytes),
    );
    const generation = created ?? (await sameThere(world.artifacts, landing, file)).generation;
    listener.ended(file, created !== null);
    done.push({ path: file.path, size: file.size, uploaded: created !== null });
    return generation;
  };

  const last = files.at(-1);
  if (last === undefined) throw new Error('a landing has a marker');
  const there = await readable(world.artifacts, bucket, marker);
  let generation: string;
  try {
    if (there !== null) {
      // It is complete: what is not there now must not be added.
      for (const file of files) {
        await sameThere(world.artifacts, landing, file);
        listener.ended(file, false);
        done.push({ path: file.path, size: file.size, uploaded: false });
      }
      ({ generation } = there);
    } else {
      await inTurns(files.slice(0, -1), put);
      generation = await put(last);
    }
  } catch (error) {
    if (!(error instanceof CallError) || error.status !== 'NOT_FOUND') throw error;
    throw new Failure(
      EXIT.unreachable,
      `the bucket ${bucket} does not exist: apply the Terraform first, or check artifacts of ${service.name} in slipway.yaml`,
      { cause: error },
    );
  }
  return {
    service: service.name,
    name: landing.name,
    artifact: `gs://${bucket}/${marker}#${generation}`,
    release: releaseId(service.name, bucket, marker, generation),
    files: files.flatMap(({ path }) => done.filter((each) => each.path === path)),
  };
}

/** After a failure nothing more is begun, and what has been begun is waited for. */
async function inTurns(
  files: readonly LocalFile[],
  put: (file: LocalFile) => Promise<string>,
): Promise<void> {
  const waiting = [...files];
  const turn = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await put(next);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  const turns = await Promise.allSettled(Array.from({ length: AT_A_TIME }, turn));
  const failed = turns.find((ended) => ended.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** The folder in the bucket, with its closing slash. */
function folderOf({ marker }: Landing): string {
  return folderPrefix(marker);
}

/** The object of the file's name, if it holds the same. Throws a Failure: nothing is overwritten. */
async function sameThere(artifacts: Artifacts, landing: Landing, file: LocalFile): Promise<StoredObject> {
  const { bucket } = landing.service.artifacts;
  const folder = folderOf(landing);
  const found = await readable(artifacts, bucket, folder + file.path);
  if (
    found !== null &&
    found.size === file.size &&
    (file.size === 0 || found.checksum === `crc32c:${file.crc32c}`)
  )
    return found;
  const what = found === null ? `without ${file.path}, or you may not read it` : `with another ${file.path}`;
  throw new Failure(
    EXIT.usage,
    `gs://${bucket}/${folder} exists ${what}. Nothing is overwritten: land this one as another version, not ${landing.name} (--as NAME)`,
  );
}

/** Null also for callers who may only create objects: whether something is there, the precondition tells. */
async function readable(artifacts: Artifacts, bucket: string, name: string): Promise<StoredObject | null> {
  try {
    return await artifacts.head(bucket, name);
  } catch (error) {
    if (error instanceof CallError && error.status === 'PERMISSION_DENIED') return null;
    throw error;
  }
}
