/**
 * Whether Vertex AI's quotas let every service release: a release needs the new model's machines beside the old
 * one's, and what is charged is the most replicas that each may have (google.cloud.aiplatform.v1, machine_resources).
 */
import { Type, type Static } from 'typebox';
import type { Service } from '../../../functions/config/config.ts';
import type { Blueprint } from './blueprint.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';
import { fetchResource, type Send } from './google.ts';

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

/**
 * Accelerator → the metric of its quota. Google's own table (googlecloudsdk/command_lib/ai/model_garden_utils.py of the
 * Google Cloud SDK): the metrics do not follow from the accelerators' names.
 */
const METRICS: ReadonlyMap<string, string> = new Map([
  ['NVIDIA_TESLA_P4', 'custom_model_serving_nvidia_p4_gpus'],
  ['NVIDIA_TESLA_T4', 'custom_model_serving_nvidia_t4_gpus'],
  ['NVIDIA_L4', 'custom_model_serving_nvidia_l4_gpus'],
  ['NVIDIA_TESLA_K80', 'custom_model_serving_nvidia_k80_gpus'],
  ['NVIDIA_TESLA_V100', 'custom_model_serving_nvidia_v100_gpus'],
  ['NVIDIA_TESLA_P100', 'custom_model_serving_nvidia_p100_gpus'],
  ['NVIDIA_TESLA_A100', 'custom_model_serving_nvidia_a100_gpus'],
  ['NVIDIA_A100_80GB', 'custom_model_serving_nvidia_a100_80gb_gpus'],
  ['NVIDIA_H100_80GB', 'custom_model_serving_nvidia_h100_gpus'],
  ['NVIDIA_RTX_PRO_6000', 'custom_model_serving_nvidia_rtx_pro_6000_gpus'],
]);

/** TPUs are part of the machine: ct5lp-hightpu-4t has four of them. */
const TPU_METRICS: readonly [machine: RegExp, metric: string][] = [
  [/^ct5lp-hightpu-(\d+)t$/, 'custom_model_serving_tpu_v5e'],
];

export async function checkQuotas(send: Send, plan: Blueprint): Promise<Finding[]> {
  const services = [...plan.config.services.values()];
  const sizes = services.map((service) => ({ service, size: sizeOf(service) }));
  const unread = sizes.filter(({ size }) => size === null).map(({ service }) => unnamed(plan, service));
  const needed = new Map<string, { metric: string; region: string; units: number }>();
  for (const { service, size } of sizes) {
    if (size === null) continue;
    const { metric, units } = size;
    const { region } = service;
    const before = needed.get(`${region} ${metric}`)?.units ?? 0;
    needed.set(`${region} ${metric}`, { metric, region, units: before + units });
  }
  const found = await Promise.all([...needed.values()].map((quota) => checkQuota(send, plan, quota)));
  return [...found, ...unread];
}

/** Null if the quota, or how much of it a machine takes, is not known. */
function sizeOf({ serving }: Service): { metric: string; units: number } | null {
  // Spot VMs have quotas of their own.
  if (serving.spot) return null;
  const machines = serving.maxReplicas * 2;
  const { accelerator, machineType } = serving;
  if (accelerator !== null) {
    const metric = METRICS.get(accelerator.type);
    return metric === undefined ? null : { metric, units: machines * accelerator.count };
  }
  for (const [machine, metric] of TPU_METRICS) {
    const chips = Number(machine.exec(machineType)?.[1]);
    if (!Number.isNaN(chips)) return { metric, units: machines * chips };
  }
  const cpus = Number(/-(\d+)$/.exec(machineType)?.[1]);
  return Number.isNaN(cpus) ? null : { metric: 'custom_model_serving_cpus', units: machines * cpus };
}

/** A quota that only a person can find, and what to look for. */
function unnamed(plan: Blueprint, { name, region, serving }: Service): Finding {
  const { accelerator, machineType, maxReplicas } = serving;
  const what = accelerator === null ? machineType : `${accelerator.count} ${accelerator.type}`;
  const detail = serving.spot
    ? 'Spot VMs have a quota of their own'
    : accelerator === null
      ? 'neither its CPUs nor its accelerators are in its name'
      : 'Google names its quota in no public list';
  const fix = `${quotaPage(plan)}   # "Custom model serving", ${region}: enough for ${maxReplicas * 2} times ${what}`;
  return unknown('quota', `${name}: ${what}`, detail, fix);
}

async function checkQuota(
  send: Send,
  plan: Blueprint,
  { metric, region, units: needed }: { metric: string; region: string; units: number },
): Promise<Finding> {
  const { project } = plan.config;
  const name = encodeURIComponent(`${VERTEX}/${metric}`);
  const url = `https://serviceusage.googleapis.com/v1beta1/projects/${project}/services/${VERTEX}/consumerQuotaMetrics/${name}`;
  const found = await fetchResource(send, Metric, { url });
  const subject = `${metric} in ${region}`;
  const fix = `${quotaPage(plan)}   # ${metric}, ${region}: at least ${needed}`;
  if (found.is === 'hidden') return unknown('quota', subject, found.why);
  const limit = found.is === 'there' ? limitIn(found.value, region) : null;
  if (limit === null) return unknown('quota', subject, 'Vertex AI tells no such quota', fix);
  if (limit < 0 || limit >= needed)
    return ok('quota', subject, `${limit < 0 ? 'no limit' : limit}, ${needed} needed`);
  return missing('quota', subject, `is ${limit}, ${needed} are needed while all services release`, fix);
}

function quotaPage({ config }: Blueprint): string {
  return `https://console.cloud.google.com/iam-admin/quotas?project=${config.project}&service=${VERTEX}`;
}

/** The region's own limit, or the one of all regions that have none. -1 is no limit. */
function limitIn({ consumerQuotaLimits = [] }: Static<typeof Metric>, region: string): number | null {
  const buckets = consumerQuotaLimits.flatMap(({ quotaBuckets = [] }) => quotaBuckets);
  const own = buckets.find(({ dimensions }) => dimensions?.['region'] === region);
  const common = buckets.find(({ dimensions = {} }) => Object.keys(dimensions).length === 0);
  const limit = (own ?? common)?.effectiveLimit;
  return limit === undefined ? null : Number(limit);
}
