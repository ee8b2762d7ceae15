/**
 * Everything that can go wrong with a message or a release: a closed list of codes, each with a sentence that
 * says what to do, and whether asking again can help (`retry`). The particulars travel in `detail`, what
 * caused it in `cause`.
 */
import { BATCH_PROBLEMS } from './problems-batch.ts';

export const PROBLEMS = {
  // Messages and events
  EVENT_UNREADABLE: {
    retry: 'never',
    text: 'This function does not know the form of the event. Nothing changed.',
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
  ARTIFACT_NOT_FOUND: {
    retry: 'never',
    text: 'The artifact does not exist. Upload it, with the marker last.',
  },
  ARTIFACT_EMPTY: {
    retry: 'never',
    text: 'The marker object is empty, so the artifact is not complete. Upload it again.',
  },
  ARTIFACT_OVERWRITTEN: {
    retry: 'never',
    text: 'The artifact was overwritten before it was uploaded. Its new content is released instead.',
  },
  ARTIFACT_ENCODED: {
    retry: 'never',
    text: 'A file of the artifact is stored compressed, with a Content-Encoding (gcloud storage cp -z or -Z, gsutil cp -z). Upload the file uncompressed, then the marker again.',
  },
  ARTIFACT_SLOW: {
    retry: 'never',
    text: 'Reading the files that manifest.json lists takes too long. Leave the largest file out of the manifest, or split it.',
  },
  ARTIFACT_INCOMPLETE: {
    retry: 'never',
    text: 'manifest.json lists files that are missing. Upload them, with the marker last.',
  },
  ARTIFACT_UNREADABLE: {
    retry: 'never',
    text: 'The artifact could not be checked: each attempt exceeded the time or memory of the function. See the detail, and upload a smaller artifact.',
  },
  MANIFEST_INVALID: {
    retry: 'never',
    text: 'manifest.json does not match the artifact. Write the manifest again, then upload the marker again.',
  },
  FEATURES_INVALID: {
    retry: 'never',
    text: 'features.json is not well formed. Write it again as the detail says, then upload the marker again.',
  },
  MODEL_ELSEWHERE: {
    retry: 'never',
    text: "The model is in a project that the service does not release models of, or in another project and another region. Add the project to the service's registry in slipway.yaml, or name a model of the service's region.",
  },
  MODEL_NOT_FOUND: {
    retry: 'never',
    text: 'The Vertex AI registry has no such version of the model. Name one that is there: models/ID@VERSION.',
  },
  MODEL_NOT_SERVABLE: {
    retry: 'never',
    text: 'The version of the model has no container, or none that can be deployed, so that nothing would answer. Upload the model with a container image first.',
  },
  MODEL_WITHOUT_SETTINGS: {
    retry: 'never',
    text: "The service has an interface or features, and a container learns of them only in the upload of Slipway. Land the model's artifact instead.",
  },
  PIPELINE_NOT_FOUND: {
    retry: 'never',
    text: 'The pipeline job does not exist, or this function may not read it.',
  },
  PIPELINE_FAILED: {
    retry: 'never',
    text: 'The pipeline job failed, so Slipway releases nothing from it.',
  },
  PIPELINE_RUNNING: { retry: 'again', text: 'The pipeline job has not produced its model yet.' },
  PIPELINE_WITHOUT_MODEL: {
    retry: 'never',
    text: 'No output model of the pipeline job matches the artifact pattern of a service.',
  },
  PIPELINE_AMBIGUOUS: {
    retry: 'never',
    text: 'Output models of the pipeline job belong to several services. Request each release with {"service", "artifact"}.',
  },
  // Releases
  UPLOAD_FAILED: {
    retry: 'never',
    text: 'Vertex AI refused the model upload. Fix the problem named in the detail, then release again.',
  },
  DEPLOY_FAILED: {
    retry: 'never',
    text: "The deployment failed for a reason that Slipway does not know. The detail quotes Vertex AI and the container's log.",
  },
  DEPLOY_REFUSED: {
    retry: 'never',
    text: 'Vertex AI refused the deployment, so no model server started. Fix the problem named in the detail, then release again.',
  },
  DEPLOY_INTERNAL: {
    retry: 'never',
    text: "Vertex AI failed with an internal error. Release again later. If the error persists, send the detail to Google's support.",
  },
  DEPLOY_CAPACITY: {
    retry: 'never',
    text: 'Google has no capacity for these machines at the moment; the quota does not matter. Release again later, or choose another serving.machineType, accelerator or region.',
  },
  DEPLOY_QUOTA: {
    retry: 'never',
    text: 'The quota of the project is too small for this deployment. Request more quota, or undeploy another model.',
  },
  DEPLOY_PERMISSION: {
    retry: 'never',
    text: 'Vertex AI may not use the image, the artifact, the key or the service account, or cannot find it. Grant the permission named in the detail.',
  },
  DEPLOY_IMAGE: {
    retry: 'never',
    text: 'The image does not exist, or does not run on these machines (processor architecture, a library, the GPU driver). Compare the detail with the image, then release again.',
  },
  DEPLOY_PORT: {
    retry: 'never',
    text: 'The model server does not listen on its port (AIP_HTTP_PORT, 8080). Make the image listen there on all addresses, then release again.',
  },
  DEPLOY_HEALTH_ROUTE: {
    retry: 'never',
    text: 'The model server is running, but its health route does not return 200. Check that serving.healthRoute matches the image.',
  },
  DEPLOY_STARTUP_TIME: {
    retry: 'never',
    text: "The model server exceeded its startup time. Raise the limit (first the server's own, such as gunicorn's --timeout), or use a smaller model.",
  },
  DEPLOY_OUT_OF_MEMORY: {
    retry: 'never',
    text: 'The model server ran out of memory, of the machine or the accelerator. Choose a larger serving.machineType or accelerator, or a smaller model.',
  },
  DEPLOY_SHARED_MEMORY: {
    retry: 'never',
    text: 'The model server ran out of shared memory (/dev/shm). Use fewer workers, or no shared memory.',
  },
  DEPLOY_DISK: {
    retry: 'never',
    text: 'The model server filled the disk of its container. Write fewer caches and copies of the model, or use a smaller model.',
  },
  DEPLOY_BAD_ARTIFACT: {
    retry: 'never',
    text: 'The image cannot load the artifact. Check the export and its library versions, then upload the artifact again.',
  },
  DEPLOY_FEATURES: {
    retry: 'never',
    text: 'The model server cannot read the features that the model needs. The detail names view, key and feature. Load the missing feature into the store, or grant the service account access, then release again.',
  },
  DEPLOY_GOLDEN_MISMATCH: {
    retry: 'never',
    text: "The model's predictions differ from golden.jsonl. Check that training and serving use the same library versions, then export again.",
  },
  CONTRACT_BROKEN: {
    retry: 'never',
    text: "The model's inputs or outputs, or the interface, differ from those of the live model, so callers would break. Release it with overrideContract once the callers are ready.",
  },
  INTERFACE_UNMET: {
    retry: 'never',
    text: "The model does not fit the service's interface and features in slipway.yaml. Change its features.json, or the interface, then release again.",
  },
  GATE_GOLDEN: {
    retry: 'never',
    text: 'The candidate failed the golden gate and was rolled back. Check preprocessing and export, then release again.',
  },
  GATE_FEATURES: {
    retry: 'never',
    text: 'The candidate failed the features gate and was rolled back: stored features are missing, too old, or differ from those of training. The detail names them. Load them again, or train again.',
  },
  GATE_COMPARISON: {
    retry: 'never',
    text: "The candidate failed the comparison gate and was rolled back: its predictions differ too much from the live model's. Widen gates.comparison if the difference is intended.",
  },
  GATE_METRICS: {
    retry: 'never',
    text: 'The candidate failed the metrics gate and was rolled back: it had more errors or a higher latency than the live model. Compare the two in Cloud Monitoring.',
  },
  GATE_UNSURE: {
    retry: 'never',
    text: 'The gates found too little evidence within gates.patience, so the candidate was rolled back.',
  },
  ABORTED: { retry: 'never', text: 'The release was aborted on request.' },
  ROLLED_BACK: {
    retry: 'never',
    text: 'Rolled back on request. This release receives no traffic again.',
  },
  ROLLBACK_IMPOSSIBLE: {
    retry: 'never',
    text: 'The service has no earlier release to roll back to. Release an artifact by name instead.',
  },
  NOTHING_UNDER_WAY: { retry: 'never', text: 'No release of this service is in progress.' },
  ENDPOINT_AMBIGUOUS: {
    retry: 'never',
    text: 'Several endpoints have this display name. Rename all but one, then release again.',
  },
  ENDPOINT_PRIVATE: {
    retry: 'never',
    text: 'The endpoint answers only inside its own network, so the gates cannot reach its models. Remove gates.golden, gates.features, gates.comparison and gates.metrics, or use a public endpoint.',
  },
  ENDPOINT_FAILED: { retry: 'never', text: 'The endpoint could not be found or created.' },
  TRAFFIC_HELD: {
    retry: 'never',
    text: "Models not managed by Slipway receive all of the endpoint's traffic. Free some of it, or set rollout.takeOver: true.",
  },
  SHIFT_FAILED: {
    retry: 'never',
    text: "Vertex AI refused to change the endpoint's traffic split. Fix the problem named in the detail, then release again.",
  },
  UNDEPLOY_FAILED: {
    retry: 'never',
    text: 'Vertex AI refused to undeploy an unused model, which is billed until it is undeployed. Fix the problem named in the detail, or undeploy the model by hand.',
  },
  SCALE_FAILED: {
    retry: 'never',
    text: 'Vertex AI refused to change the replicas, the targets or the logs of a deployed model, which goes on with those it has. Fix the problem named in the detail; Slipway tries again.',
  },
  VERSION_KEPT: {
    retry: 'never',
    text: 'Vertex AI refused to delete an unused model version. Fix the problem named in the detail, or delete the version by hand.',
  },
  ENDPOINT_SETTINGS: {
    retry: 'never',
    text: 'Vertex AI refused the settings of the endpoint that slipway.yaml has, so it keeps those it had. Serving is not affected.',
  },
  ALIASES_FAILED: {
    retry: 'never',
    text: "Vertex AI refused to move the model's aliases, so they may name another version. Serving is not affected.",
  },
  GOOGLE_DENIED: {
    retry: 'never',
    text: "Google denied a call that Slipway needs. Grant the permission named in the detail to the function's service account.",
  },
  GOOGLE_UNAVAILABLE: {
    retry: 'never',
    text: 'A call to Google failed, or its response was not understood. The detail quotes it. Release again later.',
  },
  RATE_LIMITED: {
    retry: 'never',
    text: 'The project exceeds its request quota. Release again later, or request a higher quota.',
  },
  GIVE_BACK_FAILED: {
    retry: 'never',
    text: 'Vertex AI refuses to move the traffic back from the candidate, so the candidate may still receive requests. Slipway retries at every sweep; move the traffic by hand if that is too late.',
  },
  DEADLINE_EXCEEDED: {
    retry: 'never',
    text: 'The release missed its deadline (rollout.deadline). The detail names the last step.',
  },
  ATTEMPTS_EXHAUSTED: {
    retry: 'never',
    text: 'The release has used all its deployment attempts. Release its artifact again by name.',
  },
  EVENTS_REFUSED: {
    retry: 'never',
    text: 'Outcomes cannot be published to the events topic. The ledger keeps them until they can.',
  },
  OUTCOMES_WAITING: {
    retry: 'again',
    text: 'Too many outcomes of the service wait to be published. Pub/Sub delivers the message again later.',
  },
  ...BATCH_PROBLEMS,
  // The ledger
  ENDPOINT_ELSEWHERE: {
    retry: 'again',
    text: "The service's endpoint is in another region than slipway.yaml says. Slipway touches nothing of the service until its region is set back. To serve in another region, add a service there.",
  },
  LEDGER_UNREADABLE: {
    retry: 'again',
    text: "The service's ledger is corrupt. Slipway stops until it is repaired, or rebuilt with `slipway rebuild SERVICE`.",
  },
} as const satisfies Record<string, { retry: 'again' | 'never'; text: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}
