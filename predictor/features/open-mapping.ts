/** From a mapping, a service's configuration and its store to what answers requests. */
import { mappingByName, type Features } from '../../common/artifact/features.ts';
import type { ValueType } from '../../common/artifact/values.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Signature } from '../model/runtime.ts';
import { elementType, type ElementKind } from '../model/tensor-types.ts';
import { Assembler } from './assemble.ts';
import { FeatureError } from './feature-error.ts';
import { FeatureMetrics } from './feature-metrics.ts';
import { Fetcher } from './fetcher.ts';
import { defaultsOf } from './golden.ts';
import { Lookups } from './lookups.ts';
import type { Mapping } from './mapped.ts';
import { assertFits, planOf, type Plan } from './plan.ts';
import { requestFields } from './request-fields.ts';
import { checkFeatures } from './start-check.ts';
import { openFeatureStore } from './stores/open.ts';
import { StoreError, type FeatureStore } from './stores/store.ts';

export interface MappingOptions {
  /** Null: the artifact has no features.json, and every input is the field of its name. */
  readonly features: Features | null;
  /** Requests of the golden rows. */
  readonly requests: readonly unknown[];
  readonly signature: Signature;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const REFUSE = { missing: 'default', stale: 'serve', unavailable: 'refuse' } as const;

/** Rejects with a ModelError if the mapping does not fit, with a FeatureError if the store does not have what it asks for. */
export async function openMapping(options: MappingOptions): Promise<Mapping> {
  const { config, log, metrics, signature, requests } = options;
  const { face, features: settings } = config;
  const features =
    options.features ??
    mappingByName(signature.inputs.map(({ name, type }) => ({ name, type: valueType(type) })));
  assertFits(features.inputs, signature);
  const plan = planOf(features, settings, face);
  const policies = settings ?? REFUSE;
  const counted = new FeatureMetrics(
    plan.views.map(({ view }) => view.name),
    log,
  );
  const mapping: Mapping = {
    plan,
    fields: requestFields(plan, face),
    policies,
    assembler: new Assembler(policies, defaultsOf(face), counted),
    lookups: await openLookups(plan, config, counted),
  };
  if (plan.views.length === 0) return mapping;
  metrics.features = counted;
  const remarks = await checkFeatures({ mapping, instances: requests, lastCause: () => counted.lastCause });
  for (const remark of remarks) log.warn({ remark }, 'features check');
  log.info({ store: settings?.store.kind, views: plan.views.map(({ view }) => view.name) }, 'features found');
  return mapping;
}

async function openLookups(plan: Plan, { features }: Config, counted: FeatureMetrics): Promise<Lookups> {
  if (features === null || plan.views.length === 0) return new Lookups([], 0);
  const { timeoutMs } = features;
  const store = await openStore(features, counted);
  // What is in this process already is kept nowhere else.
  const cache = features.store.kind === 'sqlite' ? { ttlMs: 0, maxRows: 0 } : features.cache;
  const fetchers = plan.views.map(
    ({ view }) => new Fetcher({ store, view, timeoutMs, cache, observer: counted }),
  );
  return new Lookups(fetchers, timeoutMs);
}

async function openStore(
  settings: NonNullable<Config['features']>,
  counted: FeatureMetrics,
): Promise<FeatureStore> {
  try {
    return await openFeatureStore(settings.store, counted);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new FeatureError(`the store cannot be opened: ${error.message}`, { cause: error.cause });
  }
}

const TYPES: Readonly<Record<ElementKind, ValueType>> = {
  float: 'number',
  integer: 'integer',
  bigint: 'integer',
  boolean: 'boolean',
  string: 'string',
};

function valueType(type: Signature['inputs'][number]['type']): ValueType {
  return TYPES[elementType(type).kind];
}
