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
  ARTIFACT_INCOMPLETE: {
    retry: 'never',
    text: 'manifest.json lists files that have not arrived. Upload them, and the marker last.',
  },
  ARTIFACT_UNREADABLE: {
    retry: 'never',
    text: 'The artifact could not be examined: each try took longer, or more memory, than a function has. See the detail, and upload a smaller one.',
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
    text: 'The model was not uploaded. Grant or correct what Vertex AI names in the detail, and release again.',
  },
  DEPLOY_FAILED: {
    retry: 'never',
    text: 'The deployment did not succeed, for no reason that Slipway knows. The detail has the words of Vertex AI and what the container has logged.',
  },
  DEPLOY_REFUSED: {
    retry: 'never',
    text: 'Vertex AI refused the deployment, so no server was started. Correct what the detail names, and release again.',
  },
  DEPLOY_INTERNAL: {
    retry: 'never',
    text: "The deployment met an error of Vertex AI's own. Release again later; if it lasts, Google's support needs the detail.",
  },
  DEPLOY_CAPACITY: {
    retry: 'never',
    text: 'Google has no such machines to give at the moment, whatever the quota. Release again later, or choose another serving.machineType, accelerator or region.',
  },
  DEPLOY_QUOTA: {
    retry: 'never',
    text: 'The project has no quota left for what this deployment takes. Ask for more, or undeploy something.',
  },
  DEPLOY_PERMISSION: {
    retry: 'never',
    text: 'Something the deployment needs may not be used, or is not there: the image, the artifact, a key, a service account. Grant what the detail names.',
  },
  DEPLOY_IMAGE: {
    retry: 'never',
    text: 'The image is not there, or does not run on these machines: the processor it is built for, a library, the GPU driver. Compare the detail with the image, and release again.',
  },
  DEPLOY_PORT: {
    retry: 'never',
    text: 'The model server does not listen on the port that it is given (AIP_HTTP_PORT, 8080). Let the image listen there, on all addresses, and release again.',
  },
  DEPLOY_HEALTH_ROUTE: {
    retry: 'never',
    text: 'The model server runs and its health route does not answer 200. Compare serving.healthRoute with what the image serves.',
  },
  DEPLOY_STARTUP_TIME: {
    retry: 'never',
    text: "The model server took longer to start than it may. Give it more time (its own limit, such as gunicorn's --timeout, first), or a smaller model.",
  },
  DEPLOY_OUT_OF_MEMORY: {
    retry: 'never',
    text: "The model server needs more memory than there is, the machine's or the accelerator's. Choose a larger serving.machineType or accelerator, or a smaller model.",
  },
  DEPLOY_SHARED_MEMORY: {
    retry: 'never',
    text: 'The model server needs more shared memory (/dev/shm) than its container has. Let it use fewer workers, or none of it.',
  },
  DEPLOY_DISK: {
    retry: 'never',
    text: 'The model server filled the disk of its container. Let it write less, such as caches and copies of the model, or choose a smaller model.',
  },
  DEPLOY_BAD_ARTIFACT: {
    retry: 'never',
    text: 'The artifact is not a model that this image can load. Check what was exported, and with which versions, and upload it again.',
  },
  DEPLOY_GOLDEN_MISMATCH: {
    retry: 'never',
    text: 'The model does not answer golden.jsonl as it did where it was trained. Compare the versions of the libraries, and export again.',
  },
  CONTRACT_BROKEN: {
    retry: 'never',
    text: 'The inputs or outputs of the model differ from those of the live one, and its callers would break. Release it with overrideContract if they are ready.',
  },
  GATE_GOLDEN: {
    retry: 'never',
    text: 'The candidate does not answer its golden rows as expected, so it gave its traffic back. Check preprocessing and export, and release again.',
  },
  GATE_COMPARISON: {
    retry: 'never',
    text: 'The candidate answers too differently from the live model, so it gave its traffic back. Widen gates.comparison if that is wanted.',
  },
  GATE_METRICS: {
    retry: 'never',
    text: 'The candidate failed or was slow more often than the live model, so it gave its traffic back. Compare the two in Cloud Monitoring.',
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
  ENDPOINT_PRIVATE: {
    retry: 'never',
    text: 'The endpoint answers inside its own network alone, so that gates can ask no model behind it. Remove gates.golden, gates.comparison and gates.metrics, or use a public endpoint.',
  },
  ENDPOINT_FAILED: { retry: 'never', text: 'The endpoint could not be found or created.' },
  TRAFFIC_HELD: {
    retry: 'never',
    text: 'Models that Slipway did not deploy hold all the traffic of the endpoint. Move it, or set rollout.takeOver.',
  },
  SHIFT_FAILED: {
    retry: 'never',
    text: 'The traffic of the endpoint could not be changed. Grant or correct what Vertex AI names in the detail, and release again.',
  },
  UNDEPLOY_FAILED: {
    retry: 'never',
    text: 'A model that is no longer needed could not be undeployed, and is billed until it is. Grant or correct what the detail names, or undeploy it.',
  },
  VERSION_KEPT: {
    retry: 'never',
    text: 'A model version that is no longer needed could not be deleted. Grant or correct what the detail names, or delete it.',
  },
  ALIASES_FAILED: {
    retry: 'never',
    text: 'The aliases of the model could not be moved, so they may name another version. What serves is not changed by that.',
  },
  GOOGLE_DENIED: {
    retry: 'never',
    text: "Google denies Slipway a call that it needs. Grant what the detail names to the function's service account.",
  },
  GOOGLE_UNAVAILABLE: {
    retry: 'never',
    text: 'Google did not answer a call that Slipway needs, or not in a form that it knows. The detail has its words; release again later.',
  },
  RATE_LIMITED: {
    retry: 'never',
    text: 'The project calls Google more often than its quota of requests allows. Release again later, or ask for a higher one.',
  },
  GIVE_BACK_FAILED: {
    retry: 'never',
    text: 'The candidate has to give its traffic back and Google refuses the change, so it may still have some. Slipway tries again at every sweep; move the traffic by hand if that is too late.',
  },
  DEADLINE_EXCEEDED: {
    retry: 'never',
    text: 'The release did not finish before its deadline (rollout.deadline). The detail says what it had reached.',
  },
  ATTEMPTS_EXHAUSTED: {
    retry: 'never',
    text: 'The release was deployed as often as its name allows. Release its artifact again by name.',
  },
  EVENTS_REFUSED: {
    retry: 'never',
    text: 'Outcomes cannot be published on the events topic. They wait in the ledger.',
  },
  OUTCOMES_WAITING: {
    retry: 'again',
    text: 'Many outcomes of the service wait to be announced. The message is delivered again.',
  },
  // The ledger
  LEDGER_UNREADABLE: {
    retry: 'again',
    text: 'The ledger of the service cannot be read as one. Nothing is done until it is repaired or rebuilt.',
  },
} as const satisfies Record<string, { retry: 'again' | 'never'; text: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}
