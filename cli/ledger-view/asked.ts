/** The request that a command asks for, found and built as the functions find and build it. */
import { parseModelName } from '../../common/artifact/model-name.ts';
import type { Config, Service } from '../../functions/config/config.ts';
import { Problem } from '../../functions/errors.ts';
import type { Request } from '../../functions/release/ledger/ledger.ts';
import { unfitModel } from '../../functions/release/requests/foreign-model.ts';
import { requestOfMessage, requestOfModel } from '../../functions/release/requests/request.ts';
import type { RegistryModel, World } from '../../functions/world.ts';
import { findArtifact } from './artifact.ts';

export interface AskedFor {
  /** The folder of an artifact, or its marker; undefined: the newest one, unless a model is named. */
  readonly artifact?: string | undefined;
  /** A version of the registry: `projects/…/models/ID@VERSION`. */
  readonly model?: string | undefined;
  readonly requestId: string;
  readonly overrideContract?: boolean | undefined;
}

export interface Built {
  readonly request: Request;
  /** What a message names it by. */
  readonly named: { readonly artifact: string } | { readonly model: string };
  /** The version that is in the registry already. */
  readonly found: RegistryModel | null;
}

/** Rejects with a Problem or a CallError. */
export async function buildRequest(
  { config, world }: { readonly config: Config; readonly world: World },
  service: Service,
  asked: AskedFor,
  now: number,
): Promise<Built> {
  const { artifact, model: text } = asked;
  const as = { ...asked, publishedAt: now };
  if (text === undefined) {
    const marker = await findArtifact(world, service, artifact);
    const request = requestOfMessage(service, marker, as, now);
    return { request, named: { artifact: `gs://${marker.bucket}/${marker.name}` }, found: null };
  }
  if (artifact !== undefined)
    throw new Problem('MESSAGE_INVALID', 'expected --artifact or --model, not both');
  const model = parseModelName(text);
  if (model === null) {
    const form = 'projects/PROJECT/locations/REGION/models/ID@VERSION, with the number of a version';
    throw new Problem('MESSAGE_INVALID', `--model: expected ${form}`);
  }
  const unfit = unfitModel(config, service, model);
  if (unfit !== null) throw unfit;
  const found = await world.vertex.getVersion(model.name, model.version);
  if (found === null) throw new Problem('MODEL_NOT_FOUND', text);
  return { request: requestOfModel(service, model, as, now), named: { model: text }, found };
}
