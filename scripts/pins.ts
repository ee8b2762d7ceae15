/**
 * The images that builds start from, each as name:tag@digest: the tag says to people what it is, the digest is what is
 * pulled. A tag alone may name another image tomorrow, and one of these runs as the account that applies Terraform.
 */

/** Every file that names such an image. */
export const PINNED_FILES: readonly string[] = [
  'cloudbuild.yaml',
  'cloudbuild-pull-request.yaml',
  'predictor/Dockerfile',
  'console/Dockerfile',
];

export interface Pin {
  /** Such as node:24.21.0-trixie. */
  readonly image: string;
  /** `sha256:` and 64 hex digits; null if the image goes by its tag. */
  readonly digest: string | null;
}

/** A builder of Cloud Build, a base of a Dockerfile, the image of a buildx driver. */
const NAMED =
  /(\bname: |^FROM |\bimage=)([a-z0-9][a-z0-9./-]*(?::[A-Za-z0-9_][\w.-]*)?)(?:@(sha256:[0-9a-f]{64}))?(?![\w.:@/-])/gm;

export function findPins(text: string): Pin[] {
  return [...text.matchAll(NAMED)].map(([, , image = '', digest]) => ({ image, digest: digest ?? null }));
}

/** The text with the digest of every image that `digests` knows. */
export function writePins(text: string, digests: ReadonlyMap<string, string>): string {
  return text.replace(NAMED, (whole: string, before: string, image: string) => {
    const digest = digests.get(image);
    return digest === undefined ? whole : `${before}${image}@${digest}`;
  });
}
