/** The functions: deployed, active, and given every image by its digest. */
import { Type } from 'typebox';
import type { Blueprint, DeployedFunction } from './blueprint.ts';
import { missing, ok, terraform, unknown, type Finding } from './finding.ts';
import { fetchResource, type Looked, type Send } from './google.ts';

/** https://cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions */
const Deployed = Type.Object({
  state: Type.Optional(Type.String()),
  stateMessages: Type.Optional(Type.Array(Type.Object({ message: Type.Optional(Type.String()) }))),
  serviceConfig: Type.Optional(
    Type.Object({ environmentVariables: Type.Optional(Type.Record(Type.String(), Type.String())) }),
  ),
});

export async function checkFunctions(send: Send, plan: Blueprint): Promise<Finding[]> {
  return Promise.all(
    Object.values(plan.functions).map(async (deployed) => {
      const { key, name } = deployed;
      const found = await lookAt(send, plan, deployed);
      const fix = terraform(`google_cloudfunctions2_function.this["${key}"]`);
      if (found.is === 'absent') return missing('function', name, 'is not deployed', fix);
      if (found.is === 'hidden') return unknown('function', name, found.why);
      const { state = 'STATE_UNSPECIFIED', stateMessages = [] } = found.value;
      if (state === 'ACTIVE') return ok('function', name);
      const why = stateMessages.map(({ message }) => message ?? '').join('; ');
      return missing('function', name, `is ${state} ${why}`.trim(), fix);
    }),
  );
}

/** Image as slipway.yaml names it → the reference that the engine deploys, as its function is configured now. */
export async function deployedImages(send: Send, plan: Blueprint): Promise<ReadonlyMap<string, string>> {
  const found = await lookAt(send, plan, plan.functions.onTick);
  const text =
    found.is === 'there' ? found.value.serviceConfig?.environmentVariables?.['SLIPWAY_IMAGES'] : null;
  try {
    const images: unknown = JSON.parse(text ?? '{}');
    return new Map(Object.entries(Object(images)).map(([image, reference]) => [image, String(reference)]));
  } catch {
    // With such a variable the function does not start: the check of the functions tells it.
    return new Map();
  }
}

function lookAt(
  send: Send,
  { config }: Blueprint,
  { name }: DeployedFunction,
): Promise<Looked<Type.Static<typeof Deployed>>> {
  const parent = `projects/${config.project}/locations/${config.region}`;
  return fetchResource(send, Deployed, {
    url: `https://cloudfunctions.googleapis.com/v2/${parent}/functions/${name}`,
  });
}
