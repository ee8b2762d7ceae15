/**
 * What goes wrong → one sentence that says what to do, and the exit code:
 *
 * - 0: as asked;
 * - 1: the release did not go live, or a service has drifted or cannot be read;
 * - 2: the command, slipway.yaml or what was asked for is wrong;
 * - 3: not reachable, or not permitted;
 * - 70: a defect of Slipway itself.
 */
import { ConfigError, type Config } from '../../functions/config/config.ts';
import { CallError, Problem } from '../../functions/errors.ts';
import { PROBLEMS } from '../../functions/problems.ts';
import { printable } from './words.ts';

export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, defect: 70 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure that has its sentence already. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, text: string, options?: ErrorOptions) {
    super(text, options);
    this.exitCode = exitCode;
  }
}

/** Where the calls went, as far as that is known by now. */
export interface Where {
  readonly config: Config | null;
  /** The local stack's URL; null: Google Cloud. */
  readonly local: string | null;
}

export function explain(error: unknown, where: Where): { text: string; exitCode: ExitCode } {
  if (error instanceof Failure) return { text: error.message, exitCode: error.exitCode };
  if (error instanceof ConfigError) return { text: error.message, exitCode: EXIT.usage };
  if (error instanceof Problem) {
    return {
      text: `${PROBLEMS[error.code].text} (${printable(error.detail)})`,
      exitCode:
        error.code === 'LEDGER_UNREADABLE' || error.code === 'ENDPOINT_ELSEWHERE' ? EXIT.failed : EXIT.usage,
    };
  }
  if (error instanceof CallError) return { text: callText(error, where), exitCode: EXIT.unreachable };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `internal error in Slipway, please report it: ${detail}`, exitCode: EXIT.defect };
}

/** How google-auth-library 11 and the token endpoint say that there is nobody to act as. */
const NO_CREDENTIALS = /could not load the default credentials|invalid_grant|invalid_rapt|reauth/i;

function callText(error: CallError, { config, local }: Where): string {
  const { method, status } = error;
  const message = printable(error.message);
  if (local !== null && status === 'UNAVAILABLE') {
    return `nothing answers at ${local}: start the local stack with "npm start", or give its address by --local=URL`;
  }
  if (status === 'UNAUTHENTICATED' || NO_CREDENTIALS.test(message)) {
    return 'no valid credentials: run "gcloud auth application-default login", or use --local for the local stack';
  }
  if (status === 'PERMISSION_DENIED') {
    return `permission denied for ${method}: ask for ${roleFor(method, config)} (${message})`;
  }
  if (status === 'NOT_FOUND' && method.startsWith('publish')) {
    return `the topic ${config?.topics.requests} does not exist: apply the Terraform first, or check topics in slipway.yaml (${message})`;
  }
  if (status === 'UNAVAILABLE' || status === 'DEADLINE_EXCEEDED') {
    return `Google Cloud does not answer: check the network and try again (${method}: ${message})`;
  }
  return `${method} failed with ${status}: ${message}`;
}

function roleFor(method: string, config: Config | null): string {
  if (method.startsWith('ledgers')) return `roles/storage.objectViewer on gs://${config?.stateBucket}`;
  if (method === 'artifacts.create')
    return 'roles/storage.objectCreator on the bucket of the artifacts (trainers of the Terraform module have it)';
  if (method.startsWith('artifacts')) return 'roles/storage.objectViewer on the bucket of the artifacts';
  if (method.startsWith('publish')) return `roles/pubsub.publisher on the topic ${config?.topics.requests}`;
  return `roles/aiplatform.viewer on the project ${config?.project}`;
}
