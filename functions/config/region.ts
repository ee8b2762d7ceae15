/** The region of the installation, and what a service cannot have in a region of its own. */

/** What of a service is in its region. */
interface Placed {
  readonly name: string;
  readonly region: string;
  readonly image: string;
}

/** Of a file that may be wrong elsewhere; null: it has none. */
export function regionOf(file: unknown): string | null {
  const region: unknown = Reflect.get(Object(file), 'region');
  return typeof region === 'string' ? region : null;
}

/** `us-central1-docker.pkg.dev/…`: a region's own repository. A multi-region has no hyphen and no digit. */
const REGIONAL_IMAGE = /^([a-z]+-[a-z]+[0-9]+)-docker\.pkg\.dev\//;

/** What Vertex AI refuses only once a release is in its middle. */
export function checkRegions(
  region: string | null,
  kmsKey: string | null,
  services: ReadonlyMap<string, Placed>,
  problems: string[],
): void {
  for (const service of services.values()) {
    if (region === null || service.region === region) continue;
    const at = `services.${service.name}.region`;
    // encryption_spec.proto: "in the same region as where the compute resource is created".
    if (kmsKey !== null)
      problems.push(`${at}: expected ${region}, the region of SLIPWAY_KMS_KEY, got ${service.region}`);
    // https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements#image-publishing
    const imageRegion = REGIONAL_IMAGE.exec(service.image)?.[1] ?? service.region;
    if (imageRegion !== service.region)
      problems.push(
        `${at}: expected ${imageRegion}, the region of services.${service.name}.image, got ${service.region}`,
      );
  }
}
