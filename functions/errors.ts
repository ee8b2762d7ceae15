/**
 * Everything that can go wrong with a message or a release: a closed list of codes, each with a sentence that
 * says what to do, and whether asking again can help (`retry`). The particulars travel in `detail`, what
 * caused it in `cause`.
 */
export const PROBLEMS = {
  // Messages and events
  EVENT_UNREADABLE: {
    retry: 'never',
    text: 'The event is not in a form this function knows. Nothing was changed.',
  },
  MESSAGE_NOT_JSON: {
    retry: 'never',
    text: 'The message is not a JSON object. Publish {"service": "NAME"}.',
  },
  MESSAGE_INVALID: { retry: 'never', text: 'The message does not match the request schema.' },
  MESSAGE_TOO_LARGE: { retry: 'never', text: 'The message is larger than any request can be.' },
  SERVICE_UNKNOWN: { retry: 'never', text: 'No such service in slipway.yaml.' },
  ARTIFACT_ELSEWHERE: {
    retry: 'never',
    text: "The artifact is outside the service's own pattern in slipway.yaml.",
  },
  ARTIFACT_NOT_FOUND: { retry: 'never', text: 'There is no such artifact. Upload it, its marker last.' },
  ARTIFACT_EMPTY: {
    retry: 'never',
    text: 'The marker object is empty, so the artifact is not complete. Upload it again.',
  },
  ARTIFACT_OVERWRITTEN: {
    retry: 'never',
    text: 'The artifact was overwritten before it could be uploaded; what overwrote it is released in its place.',
  },
  ARTIFACT_ENCODED: {
    retry: 'never',
    text: 'A file of the artifact is stored compressed, with a Content-Encoding (gcloud storage cp -z or -Z, gsutil cp -z). Upload it without, and the marker again.',
  },
  ARTIFACT_SLOW: {
    retry: 'never',
    text: 'The files that manifest.json lists could not all be read in the time for it. Leave the largest out of the manifest, or write smaller ones.',
  },
  MANIFEST_INVALID: {
    retry: 'never',
    text: 'manifest.json does not describe this artifact. Write the manifest anew and upload the marker again.',
  },
  PIPELINE_NOT_FOUND: {
    retry: 'never',
    text: 'There is no such pipeline job, or this function may not read it.',
  },
  PIPELINE_FAILED: {
    retry: 'never',
    text: 'The pipeline job did not succeed, so nothing of it is released.',
  },
  PIPELINE_RUNNING: { retry: 'again', text: 'The pipeline job has not produced its model yet.' },
  PIPELINE_WITHOUT_MODEL: {
    retry: 'never',
    text: 'No output model of the pipeline job lies where a service expects its artifacts.',
  },
  PIPELINE_AMBIGUOUS: {
    retry: 'never',
    text: 'Output models of the pipeline job belong to several services. Ask for each by {"service", "artifact"}.',
  },
  // Releases
  UPLOAD_FAILED: {
    retry: 'never',
    text: 'Vertex AI refused the model. See the detail, mend it, and release again.',
  },
  DEPLOY_FAILED: {
    retry: 'never',
    text: 'The model server did not become ready. Its log is in Cloud Logging; the previous model still serves.',
  },
  DEPLOY_PORT: {
    retry: 'never',
    text: 'The model server does not listen on the port it was given (AIP_HTTP_PORT, 8080). Mend the image, and release again.',
  },
  DEPLOY_HEALTH_ROUTE: {
    retry: 'never',
    text: 'The model server runs and its health route does not answer 200. Compare serving.healthRoute with what the image serves.',
  },
  DEPLOY_OUT_OF_MEMORY: {
    retry: 'never',
    text: 'The model server ran out of memory. Choose a larger serving.machineType, or a smaller model.',
  },
  DEPLOY_PERMISSION: {
    retry: 'never',
    text: 'Something the deployment needs may not be used: the image, the artifact or the service account. Grant what the detail names.',
  },
  DEPLOY_BAD_ARTIFACT: {
    retry: 'never',
    text: 'The model server could not load the artifact. Check what was exported, and upload it again.',
  },
  DEPLOY_GOLDEN_MISMATCH: {
    retry: 'never',
    text: 'The model does not answer golden.jsonl as it did where it was trained. Compare the versions of the libraries, and export again.',
  },
  DEPLOY_QUOTA: {
    retry: 'never',
    text: 'The project has no quota left for the machines of this deployment. Ask for more, or undeploy something.',
  },
  CONTRACT_BROKEN: {
    retry: 'never',
    text: 'The inputs or outputs of the model differ from those of the live one, and its callers would break. Release it with overrideContract if they are ready.',
  },
  GATE_GOLDEN: {
    retry: 'never',
    text: 'The candidate answers its golden rows wrongly, so it gave its traffic back. Check preprocessing and export, and release again.',
  },
  GATE_COMPARISON: {
    retry: 'never',
    text: 'The candidate answers too differently from the live model, so it gave its traffic back. Widen gates.comparison if that is wanted.',
  },
  GATE_METRICS: {
    retry: 'never',
    text: 'The candidate failed or was slow more often than the live model, so it gave its traffic back. See its log in Cloud Logging.',
  },
  GATE_UNSURE: {
    retry: 'never',
    text: 'There was too little evidence for the candidate within gates.patience, so it gave its traffic back.',
  },
  ABORTED: { retry: 'never', text: 'The release was given up because somebody asked for it.' },
  ROLLED_BACK: {
    retry: 'never',
    text: 'Somebody asked to go back to the release before. This one gets no traffic again.',
  },
  ROLLBACK_IMPOSSIBLE: {
    retry: 'never',
    text: 'There is no earlier release to go back to. Release an artifact by its name instead.',
  },
  NOTHING_UNDER_WAY: { retry: 'never', text: 'No release of this service is under way.' },
  ENDPOINT_AMBIGUOUS: {
    retry: 'never',
    text: 'Several endpoints have this display name. Rename all but one, then release again.',
  },
  ENDPOINT_FAILED: { retry: 'never', text: 'The endpoint could not be found or created.' },
  TRAFFIC_HELD: {
    retry: 'never',
    text: 'Models that Slipway did not deploy hold all the traffic of the endpoint. Move it, or set rollout.takeOver.',
  },
  SHIFT_FAILED: {
    retry: 'never',
    text: 'The traffic could not be shifted; the previous model still serves.',
  },
  DEADLINE_EXCEEDED: {
    retry: 'never',
    text: 'The release did not finish before its deadline (rollout.deadline); the previous model still serves.',
  },
  // The ledger
  LEDGER_UNREADABLE: {
    retry: 'again',
    text: 'The ledger of the service cannot be read as one. Nothing is done until it is repaired or rebuilt.',
  },
} as const satisfies Record<string, { retry: 'again' | 'never'; text: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A problem of the closed list, met while handling a message or a release. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  /** The particulars: what was expected, what was found. Never a payload. */
  readonly detail: string;

  constructor(code: ProblemCode, detail: string, options?: ErrorOptions) {
    super(`${PROBLEMS[code].text} (${detail})`, options);
    this.code = code;
    this.detail = detail;
  }

  get retry(): 'again' | 'never' {
    return PROBLEMS[this.code].retry;
  }
}

/**
 * How a call to Google ended, in the status names of gRPC
 * (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto).
 */
export const STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type Status = (typeof STATUSES)[number];

/** A call to Google that did not succeed. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: Status;
  readonly method: string;
  /** In ms, where it is known when the same call will be let through. */
  readonly retryAfterMs: number | null;

  constructor(
    method: string,
    status: Status,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    super(message, options);
    this.status = status;
    this.method = method;
    this.retryAfterMs = options?.retryAfterMs ?? null;
  }
}

// The call may have taken effect although it failed: only a look at the world can tell.
const UNCERTAIN: ReadonlySet<Status> = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

// Whoever asks again later, unchanged, may well succeed.
const TRANSIENT: ReadonlySet<Status> = new Set([...UNCERTAIN, 'ABORTED', 'RESOURCE_EXHAUSTED']);

/** True when the call may have taken effect although it failed. */
export function isUncertain(status: Status): boolean {
  return UNCERTAIN.has(status);
}

/** True when the same call may succeed later. */
export function isTransient(status: Status): boolean {
  return TRANSIENT.has(status);
}
