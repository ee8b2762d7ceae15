/** What an endpoint is that was made with these settings. */
import type { EndpointFacts, EndpointSettings } from '../config/deployment.ts';

export function factsOf(settings?: EndpointSettings): EndpointFacts {
  return {
    dedicated: settings?.dedicated ?? false,
    timeoutMs: settings?.timeoutMs ?? null,
    requestLogging: settings?.requestLogging ?? null,
    privateServiceConnect: settings?.privateServiceConnect ?? null,
    kmsKey: null,
  };
}

/** The settings that are said, by their names. */
export function saidOf(settings?: EndpointSettings): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => value !== null));
}
