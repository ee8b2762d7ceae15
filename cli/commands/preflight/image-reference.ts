/** An image in Artifact Registry: LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME, with a tag, a digest or neither. */
export interface ImageReference {
  readonly location: string;
  /** As APIs name it: that of a domain is example.com:my-project, though example.com/my-project in an image. */
  readonly project: string;
  /** `projects/P/locations/L/repositories/R`. */
  readonly repository: string;
  readonly name: string;
  readonly digest: string | null;
}

const IMAGE =
  /^([a-z0-9-]+)-docker\.pkg\.dev\/((?:[^/]+\.[^/]+\/)?[^/]+)\/([^/]+)\/([^:@]+)(?::[^@]+)?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Null for an image of another registry. */
export function parseImage(text: string): ImageReference | null {
  const [, location, path = '', repository, name, digest] = IMAGE.exec(text) ?? [];
  if (location === undefined || name === undefined) return null;
  const project = path.replace('/', ':');
  return {
    location,
    project,
    repository: `projects/${project}/locations/${location}/repositories/${repository}`,
    name,
    digest: digest ?? null,
  };
}
