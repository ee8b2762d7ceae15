/**
 * The endpoint against what slipway.yaml says of it. What is fixed when an endpoint is made cannot be changed, and is
 * told; the rest is written. What slipway.yaml does not say is left as it is. Pure.
 */
import type {
  EndpointChange,
  EndpointFacts,
  EndpointSettings,
  RequestLogging,
} from '../../config/deployment.ts';
import type { Endpoint, Instant } from '../../world.ts';
import { endpointChangeId } from '../ids.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Vertex AI may show what was written in other words, or late: the same is not written again before, in ms. */
const WRITTEN_FOR_MS = 21_600_000;

/** What of the endpoint is otherwise, and stays so: in sentences. `kmsKey`: that of the project, or null. */
export function fixedDifferences(
  { dedicated, privateServiceConnect }: EndpointSettings,
  kmsKey: string | null,
  facts: EndpointFacts,
): string[] {
  const found: string[] = [];
  if (dedicated !== null && dedicated !== facts.dedicated)
    found.push(
      `endpoint.dedicated is ${dedicated}, and the endpoint is ${facts.dedicated ? '' : 'not '}dedicated`,
    );
  if (privateServiceConnect !== null && facts.privateServiceConnect === null)
    found.push('endpoint.privateServiceConnect is set, and the endpoint does not have it');
  else if (
    privateServiceConnect !== null &&
    !sameNames(privateServiceConnect, facts.privateServiceConnect ?? [])
  )
    found.push(
      `endpoint.privateServiceConnect.projects is ${privateServiceConnect.join(', ')}, and the endpoint takes ${(facts.privateServiceConnect ?? []).join(', ') || 'none'}`,
    );
  if (kmsKey !== null && kmsKey !== facts.kmsKey)
    found.push(
      `SLIPWAY_KMS_KEY is ${kmsKey}, and the endpoint is encrypted with ${facts.kmsKey ?? "a key of Google's"}`,
    );
  return found;
}

/** What has to be written, or null. */
export function changeOf(settings: EndpointSettings, facts: EndpointFacts): EndpointChange | null {
  const { requestLogging, timeoutMs } = settings;
  const isLogging = requestLogging === null || sameLogging(requestLogging, facts.requestLogging);
  const isTimed = timeoutMs === null || timeoutMs === facts.timeoutMs;
  if (isLogging && isTimed) return null;
  return { ...(!isLogging && { requestLogging }), ...(!isTimed && { timeoutMs }) };
}

/** The change that is due: null also where the same one was written not long ago. */
export function dueChange(
  settings: EndpointSettings,
  endpoint: Endpoint,
  { configured }: Ledger,
  now: Instant,
): EndpointChange | null {
  const change = endpoint.facts === undefined ? null : changeOf(settings, endpoint.facts);
  if (change === null) return null;
  const isWritten =
    configured?.change === endpointChangeId(endpoint.name, change) && now < configured.at + WRITTEN_FOR_MS;
  return isWritten ? null : change;
}

/** Of what is switched off nothing else counts; Vertex AI completes the name of a table that is not given whole. */
function sameLogging(wanted: RequestLogging, found: RequestLogging | null): boolean {
  if (!wanted.enabled) return found === null || !found.enabled;
  if (found === null || !found.enabled) return false;
  const isTable = found.table === wanted.table || found.table.startsWith(`${wanted.table}.`);
  return isTable && Math.abs(found.sample - wanted.sample) < 1e-6;
}

/** A project may be shown by its number, and cannot be told from its ID then. */
function sameNames(wanted: readonly string[], found: readonly string[]): boolean {
  const named = found.filter((project) => !/^\d+$/.test(project));
  return named.length < found.length || new Set(wanted).symmetricDifference(new Set(found)).size === 0;
}
