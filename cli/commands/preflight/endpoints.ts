/** Whether endpoints that are there already are what slipway.yaml says and only a new one could be. */
import { Type, type Static } from 'typebox';
import type { Config, Service } from '../../../functions/config/config.ts';
import { fixedDifferences } from '../../../functions/release/view/endpoint-settings.ts';
import type { Blueprint } from './blueprint.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';
import { fetchResource, type Send } from './google.ts';

/** google.cloud.aiplatform.v1.ListEndpointsResponse. */
const Endpoints = Type.Object({
  endpoints: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        displayName: Type.String(),
        dedicatedEndpointEnabled: Type.Optional(Type.Boolean()),
        privateServiceConnectConfig: Type.Optional(
          Type.Object({
            enablePrivateServiceConnect: Type.Optional(Type.Boolean()),
            projectAllowlist: Type.Optional(Type.Array(Type.String())),
          }),
        ),
        encryptionSpec: Type.Optional(Type.Object({ kmsKeyName: Type.Optional(Type.String()) })),
      }),
    ),
  ),
});
type Found = NonNullable<Static<typeof Endpoints>['endpoints']>[number];

export async function checkEndpoints(send: Send, { config }: Blueprint): Promise<Finding[]> {
  const services = [...config.services.values()].filter((service) => isSaid(config, service));
  return Promise.all(services.map((service) => checkEndpoint(send, config, service)));
}

/** Whether anything is said that an endpoint cannot become. */
function isSaid({ kmsKey }: Config, { endpointSettings }: Service): boolean {
  const { dedicated, privateServiceConnect } = endpointSettings;
  return kmsKey !== null || dedicated !== null || privateServiceConnect !== null;
}

async function checkEndpoint(send: Send, config: Config, service: Service): Promise<Finding> {
  const { kmsKey } = config;
  const { region, parent } = service;
  const filter = encodeURIComponent(`display_name=${JSON.stringify(service.endpoint)}`);
  const url = `https://${region}-aiplatform.googleapis.com/v1/${parent}/endpoints?filter=${filter}`;
  const found = await fetchResource(send, Endpoints, { url });
  const subject = service.endpoint;
  if (found.is === 'hidden') return unknown('endpoint', subject, found.why);
  const { endpoints = [] } = found.is === 'there' ? found.value : {};
  const endpoint = endpoints.find(({ displayName }) => displayName === service.endpoint);
  if (endpoint === undefined) return ok('endpoint', subject, 'is not there, and is made as it is said');
  const differences = fixedDifferences(service.endpointSettings, kmsKey, factsOf(endpoint));
  if (differences.length === 0) return ok('endpoint', subject);
  const fix = `set another services.${service.name}.endpoint in slipway.yaml   # Slipway creates that endpoint, with a new address`;
  return missing('endpoint', subject, differences.join('; '), fix);
}

function factsOf({ dedicatedEndpointEnabled, privateServiceConnectConfig: connect, encryptionSpec }: Found) {
  return {
    dedicated: dedicatedEndpointEnabled ?? false,
    timeoutMs: null,
    requestLogging: null,
    privateServiceConnect:
      connect?.enablePrivateServiceConnect === true ? (connect.projectAllowlist ?? []) : null,
    kmsKey: encryptionSpec?.kmsKeyName ?? null,
  };
}
