/**
 * The names of artifacts: a marker, its folder, and one generation of it. A model that is in the Vertex AI registry
 * already has no bucket: its name stands for the marker, its version for the generation.
 */
import { parseModelName } from './model-name.ts';

export interface MarkerGeneration {
  readonly bucket: string;
  readonly marker: string;
  readonly generation: string;
}

/** The bucket and the name of `gs://BUCKET/OBJECT`; both empty for what is none. */
export function objectOf(uri: string): { readonly bucket: string; readonly name: string } {
  const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return { bucket, name };
}

/** The bucket of `gs://BUCKET` and of what is in it; empty for what is none. */
export function bucketOf(uri: string): string {
  return /^gs:\/\/([^/]+)/.exec(uri)?.[1] ?? '';
}

/** Whether it is a model of the registry, which nothing is uploaded for. */
export function isOfRegistry({ bucket }: Pick<MarkerGeneration, 'bucket'>): boolean {
  return bucket === '';
}

/** `ID@VERSION` of a model of the registry, for people. */
export function shortModelName({
  marker,
  generation,
}: Pick<MarkerGeneration, 'marker' | 'generation'>): string {
  return `${marker.slice(marker.lastIndexOf('/') + 1)}@${generation}`;
}

/** `gs://bucket/marker#generation`, or `projects/…/models/ID@VERSION`, as ledgers, messages and versions have it. */
export function uriOf(artifact: MarkerGeneration): string {
  const { bucket, marker, generation } = artifact;
  return isOfRegistry(artifact) ? `${marker}@${generation}` : `gs://${bucket}/${marker}#${generation}`;
}

/** The reverse of `uriOf`; null for what is none. */
export function parseUri(uri: string): MarkerGeneration | null {
  const model = parseModelName(uri);
  if (model !== null) return { bucket: '', marker: model.name, generation: model.version };
  const [, bucket, marker, generation] = /^gs:\/\/([^/]+)\/(.+)#([0-9]{1,19})$/.exec(uri) ?? [];
  if (bucket === undefined || marker === undefined || generation === undefined) return null;
  return { bucket, marker, generation };
}

/** The folder of an object, without its last `/`. */
export function folderOf(bucket: string, marker: string): string {
  return `gs://${bucket}/${marker.slice(0, marker.lastIndexOf('/'))}`;
}

/** What the names of all objects in the object's folder begin with: it ends with `/`, or is empty. */
export function folderPrefix(marker: string): string {
  return marker.slice(0, marker.lastIndexOf('/') + 1);
}
