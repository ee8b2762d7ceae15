/** The images that serve models: in Artifact Registry, in the region of their service, and deployed by digest. */
import { Type } from 'typebox';
import type { Blueprint } from './blueprint.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';
import { deployedImages } from './functions.ts';
import { fetchResource, type Send } from './google.ts';
import { parseImage, type ImageReference } from './image-reference.ts';

const Image = Type.Object({ name: Type.String() });

/** Newest first, as asked for. */
const Versions = Type.Object({ versions: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))) });

export async function checkImages(send: Send, plan: Blueprint): Promise<Finding[]> {
  const pinned = await deployedImages(send, plan);
  const services = [...plan.config.services.values()];
  const images = new Map(services.map(({ image, region }) => [`${region} ${image}`, { image, region }]));
  return Promise.all(
    [...images.values()].map(({ image, region }) =>
      checkImage(send, region, image, pinned.get(image) ?? image),
    ),
  );
}

async function checkImage(send: Send, region: string, image: string, text: string): Promise<Finding> {
  const reference = parseImage(text);
  if (reference === null) {
    return unknown(
      'image',
      image,
      'is not in Artifact Registry, the only registry that Vertex AI takes images from',
    );
  }
  if (reference.location !== region) {
    const detail = `is in ${reference.location}, expected ${region}: Vertex AI takes images of its own region`;
    const here = text.replace(/^[a-z0-9-]+/, `${region}-docker`).replace(/(:[^/@]*)?(@.*)?$/, '');
    const fix = `docker buildx imagetools create --tag ${here}:first ${text}   # and name it in slipway.yaml`;
    return missing('image', image, detail, fix);
  }
  if (reference.digest === null) return unpinned(send, image, reference);
  const { repository, name, digest } = reference;
  const url = `https://artifactregistry.googleapis.com/v1/${repository}/dockerImages/${encodeURIComponent(name)}@${digest}`;
  const found = await fetchResource(send, Image, { url });
  if (found.is === 'there') return ok('image', image, digest);
  if (found.is === 'hidden') return unknown('image', image, found.why);
  return missing('image', image, `${digest} is not there`, push(image));
}

/** What Terraform has to be told: the digest of the newest image. */
async function unpinned(send: Send, image: string, { repository, name }: ImageReference): Promise<Finding> {
  const url = `https://artifactregistry.googleapis.com/v1/${repository}/packages/${encodeURIComponent(name)}/versions`;
  const found = await fetchResource(send, Versions, { url: `${url}?orderBy=create_time%20desc&pageSize=1` });
  if (found.is === 'hidden') return unknown('image', image, found.why);
  const newest = found.is === 'there' ? found.value.versions?.[0]?.name.split('/').at(-1) : undefined;
  if (newest === undefined) return missing('image', image, 'was never pushed', push(image));
  const [untagged = image] = image.split(/:[^/]*$/);
  const fix = `terraform -chdir=terraform apply -var='images={"${image}":"${untagged}@${newest}"}'`;
  return missing('image', image, 'is not deployed by digest', fix);
}

function push(image: string): string {
  return `docker build --platform linux/amd64 --file predictor/Dockerfile --tag ${image}:first . && docker push ${image}:first`;
}
