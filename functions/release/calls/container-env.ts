/** The environment of a model server: what slipway.yaml says, and what the predictor needs to serve the interface. */
import { FEATURES_VARIABLE } from '../../../common/artifact/feature-settings.ts';
import { REPORT_KEY_VARIABLE, reportKey } from '../../../common/artifact/feature-report.ts';
import { INTERFACE_VARIABLE } from '../../../common/artifact/interface.ts';
import { STORED_VARIABLE, type StoredSettings } from '../../../common/artifact/stored-settings.ts';
import { publishedName } from '../../../common/batch/published.ts';
import { publishedViewName } from '../../../common/batch/published-view.ts';
import type { Service } from '../../config/config.ts';

/** `release`: which uploads the version. `seed`: the private key of reports; null: there is none. */
export function containerEnv(
  service: Service,
  release: string,
  seed: string | null,
): ReadonlyMap<string, string> {
  const { features, serving } = service;
  const stored = storedSettings(service, release);
  return new Map([
    ...serving.env,
    ...(service.interface === null ? [] : ([[INTERFACE_VARIABLE, jsonText(service.interface)]] as const)),
    ...(features === null ? [] : ([[FEATURES_VARIABLE, jsonText(features.settings)]] as const)),
    ...(stored === null ? [] : ([[STORED_VARIABLE, jsonText(stored)]] as const)),
    ...(features === null || seed === null ? [] : ([[REPORT_KEY_VARIABLE, reportKey(seed)]] as const)),
  ]);
}

/** A version reads what its own batches answered: what another one answered, rolled back or not, it does not know. */
export function storedSettings({ batch }: Service, release: string): StoredSettings | null {
  if (batch === null || batch.publish === null || typeof batch.outputs === 'string') return null;
  const { bucket, prefix } = batch.outputs;
  const { publish } = batch;
  const name =
    publish.view === undefined ? publishedName(prefix, release) : publishedViewName(prefix, release);
  return { uri: `gs://${bucket}/${name}`, release, ...publish };
}

/** Vertex AI replaces $(NAME) in values of variables (env_var.proto): "$" is written otherwise. */
function jsonText(value: object): string {
  return JSON.stringify(value).replaceAll('$', String.raw`\u0024`);
}
