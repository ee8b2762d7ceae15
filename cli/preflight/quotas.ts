/**
 * Whether Vertex AI's quotas let every service release: a release needs the new model's machines beside the old
 * one's, and what is charged is the most replicas that each may have (google.cloud.aiplatform.v1, machine_resources).
 */
import { Type, type Static } from 'typebox';
import type { Service } from '../../functions/config.ts';
import type { Blueprint } from './blueprint.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';
import { look, type Send } from './google.ts';

/** https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics */
const Metric = Type.Object({
  consumerQuotaLimits: Type.Optional(
    Type.Array(
      Type.Object({
        quotaBuckets: Type.Optional(
          Type.Array(
            Type.Object({
              effectiveLimit: Type.Optional(Type.String()),
              dimensions: Type.Optional(Type.Record(Type.String(), Type.String())),
            }),
          ),
        ),
      }),
    ),
  ),
});

const VERTEX = 'aiplatform.googleapis.com';

export async function checkQuotas(send: Send, plan: Blueprint): Promise<Finding[]> {
  const services = [...plan.config.services.values()];
  const sizes = services.map((service) => ({ service, size: sizeOf(service) }));
  const unread = sizes
    .filter(({ size }) => size === null)
    .map(({ service }) =>
      unknown(
        'quota',
        `${service.name}: ${service.serving.machineType}`,
        'its number of CPUs is not in its name',
      ),
    );
  const needed = new Map<string, number>();
  for (const { size } of sizes) {
    if (size !== null) needed.set(size.metric, (needed.get(size.metric) ?? 0) + size.units);
  }
  const found = await Promise.all(
    [...needed].map(([metric, units]) => checkQuota(send, plan, metric, units)),
  );
  return [...found, ...unread];
}

/** Null if the machine type does not tell its size. */
function sizeOf({ serving }: Service): { metric: string; units: number } | null {
  const machines = serving.maxReplicas * 2;
  const { accelerator } = serving;
  if (accelerator !== null) {
    const gpu = accelerator.type.toLowerCase().replace('nvidia_tesla_', 'nvidia_');
    return { metric: `custom_model_serving_${gpu}_gpus`, units: machines * accelerator.count };
  }
  const cpus = Number(/-(\d+)$/.exec(serving.machineType)?.[1]);
  return Number.isNaN(cpus) ? null : { metric: 'custom_model_serving_cpus', units: machines * cpus };
}

async function checkQuota(
  send: Send,
  { config }: Blueprint,
  metric: string,
  needed: number,
): Promise<Finding> {
  const name = encodeURIComponent(`${VERTEX}/${metric}`);
  const url = `https://serviceusage.googleapis.com/v1beta1/projects/${config.project}/services/${VERTEX}/consumerQuotaMetrics/${name}`;
  const found = await look(send, Metric, { url });
  const subject = `${metric} in ${config.region}`;
  if (found.is === 'hidden') return unknown('quota', subject, found.why);
  const limit = found.is === 'there' ? limitIn(found.value, config.region) : null;
  if (limit === null) return unknown('quota', subject, 'Vertex AI tells no such quota');
  if (limit < 0 || limit >= needed)
    return ok('quota', subject, `${limit < 0 ? 'no limit' : limit}, ${needed} needed`);
  const mend = `https://console.cloud.google.com/iam-admin/quotas?project=${config.project}   # ${metric}, ${config.region}: at least ${needed}`;
  return missing('quota', subject, `is ${limit}, ${needed} are needed while all services release`, mend);
}

/** The region's own limit, or the one of all regions that have none. -1 is no limit. */
function limitIn({ consumerQuotaLimits = [] }: Static<typeof Metric>, region: string): number | null {
  const buckets = consumerQuotaLimits.flatMap(({ quotaBuckets = [] }) => quotaBuckets);
  const own = buckets.find(({ dimensions }) => dimensions?.['region'] === region);
  const common = buckets.find(({ dimensions = {} }) => Object.keys(dimensions).length === 0);
  const limit = (own ?? common)?.effectiveLimit;
  return limit === undefined ? null : Number(limit);
}
