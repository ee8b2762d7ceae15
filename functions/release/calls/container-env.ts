/** The environment of a model server: what slipway.yaml says, and what the predictor needs to serve the interface. */
import { FEATURES_VARIABLE } from '../../../common/artifact/feature-settings.ts';
import { REPORT_KEY_VARIABLE, reportKey } from '../../../common/artifact/feature-report.ts';
import { INTERFACE_VARIABLE } from '../../../common/artifact/interface.ts';
import type { Service } from '../../config/config.ts';

/** `seed`: the private key of reports; null: there is none. */
export function containerEnv(service: Service, seed: string | null): ReadonlyMap<string, string> {
  const { features, serving } = service;
  return new Map([
    ...serving.env,
    ...(service.interface === null ? [] : ([[INTERFACE_VARIABLE, jsonText(service.interface)]] as const)),
    ...(features === null ? [] : ([[FEATURES_VARIABLE, jsonText(features.settings)]] as const)),
    ...(features === null || seed === null ? [] : ([[REPORT_KEY_VARIABLE, reportKey(seed)]] as const)),
  ]);
}

/** Vertex AI replaces $(NAME) in values of variables (env_var.proto): "$" is written otherwise. */
function jsonText(value: object): string {
  return JSON.stringify(value).replaceAll('$', String.raw`\u0024`);
}
