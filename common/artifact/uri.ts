/** The names of artifacts: a marker, its folder, and one generation of it. */

export interface MarkerGeneration {
  readonly bucket: string;
  readonly marker: string;
  readonly generation: string;
}

/** `gs://bucket/marker#generation`, as ledgers, messages and versions have it. */
export function uriOf({ bucket, marker, generation }: MarkerGeneration): string {
  return `gs://${bucket}/${marker}#${generation}`;
}

/** The reverse of `uriOf`; null for what is none. */
export function parseUri(uri: string): MarkerGeneration | null {
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
