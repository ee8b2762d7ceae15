/** The APIs that have to be enabled. */
import { Type } from 'typebox';
import { SERVICES, type Blueprint } from './blueprint.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';
import { fetchResource, type Send } from './google.ts';

/** https://cloud.google.com/service-usage/docs/reference/rest/v1/services/batchGet */
const Services = Type.Object({
  services: Type.Array(Type.Object({ name: Type.String(), state: Type.Optional(Type.String()) })),
});

export async function checkServices(send: Send, { config }: Blueprint): Promise<Finding[]> {
  const parent = `https://serviceusage.googleapis.com/v1/projects/${config.project}`;
  const names = SERVICES.map((service) => `names=projects/${config.project}/services/${service}`);
  const found = await fetchResource(send, Services, {
    url: `${parent}/services:batchGet?${names.join('&')}`,
  });
  if (found.is !== 'there') {
    const why = found.is === 'hidden' ? found.why : 'the project is not there';
    return [unknown('service', config.project, why, enable(config.project, 'serviceusage.googleapis.com'))];
  }
  const enabled = new Set(
    found.value.services.filter(({ state }) => state === 'ENABLED').map(({ name }) => name.split('/').at(-1)),
  );
  return SERVICES.map((service) =>
    enabled.has(service)
      ? ok('service', service)
      : missing('service', service, 'is not enabled', enable(config.project, service)),
  );
}

function enable(project: string, service: string): string {
  return `gcloud services enable ${service} --project=${project}`;
}
