/** What operations and containers say of deployments that failed, for the tests of their causes. */
import type { Status } from '../../../../functions/errors.ts';
import { explainDeployment } from '../../../../functions/release/diagnosis/causes.ts';

export const LOGS =
  'Model server logs can be found at https://console.cloud.google.com/logs/viewer?project=oom-quota-health&resource=aiplatform.googleapis.com%2FEndpoint&advancedFilter=permission%20denied';
export const EXITED = `Model server exited unexpectedly. ${LOGS}`;
export const NEVER_READY = `Model server never became ready. Please validate that your model file or container configuration are valid. ${LOGS}`;

/** A line of the predictor's log. */
export function pino(severity: string, message: string, fields: object = {}): string {
  return JSON.stringify({ severity, time: '2026-11-23T18:00:00.000Z', ...fields, message });
}

/** The predictor's last line. */
export const refused = (...causes: string[]) => pino('CRITICAL', 'model refused', { causes });

export function codeOf(
  message: string,
  lines: readonly string[],
  status: Status = 'FAILED_PRECONDITION',
): string {
  return explainDeployment({ status, message }, lines).code;
}
