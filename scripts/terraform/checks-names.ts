/** Forms of names that Google's provider or API refuses. */
import { each, matches, notEmpty, type Checks } from './checks.ts';

const PROJECT =
  '(?:(?:[-a-z0-9]{1,63}\\.)*(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?):)?(?:[0-9]{1,19}|(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)|-)';
const ACCOUNT = [
  `${PROJECT}@[a-z]+.gserviceaccount.com$`,
  '[0-9]{1,20}-compute@developer.gserviceaccount.com',
  '[a-z](?:[-a-z0-9]{4,28}[a-z0-9])@[-a-z0-9\\.]{1,63}\\.iam\\.gserviceaccount\\.com$',
].join('|');

/** https://cloud.google.com/storage/docs/buckets#naming */
const bucketName = matches(/^(?!goog)(?!.*google)[a-z0-9](?:[a-z0-9._-]{1,61})[a-z0-9]$/);
/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const pubsubName = matches(/^(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}$/);
/** https://cloud.google.com/artifact-registry/docs/repositories/create-repos */
const repositoryId = matches(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
/** A label's key and value: https://cloud.google.com/resource-manager/docs/labels-overview */
const labels = each(matches(/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u));
const kmsKey = matches(/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/);
const email = matches(/^[^@\s]+@[^@\s]+\.[^@\s]+$/);

export const NAMES: { readonly [type: string]: Checks } = {
  google_artifact_registry_repository: { repository_id: repositoryId, labels, kms_key_name: kmsKey },
  google_artifact_registry_repository_iam_member: { repository: notEmpty },
  google_cloud_run_v2_service: {
    name: matches(/^[a-z](?:[a-z0-9-]{0,47}[a-z0-9])?$/),
    labels,
    'template.encryption_key': kmsKey,
    'template.service_account': email,
  },
  google_cloud_run_v2_service_iam_member: { name: notEmpty },
  google_cloud_scheduler_job: {
    name: matches(/^[a-zA-Z\d_-]{1,500}$/),
    'pubsub_target.topic_name': matches(/^projects\/[^/]+\/topics\/[^/]+$/),
  },
  google_cloudbuild_trigger: {
    name: matches(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62}[a-zA-Z0-9])?$/),
    service_account: matches(/^projects\/[^/]+\/serviceAccounts\/[^/]+$/),
  },
  google_cloudfunctions2_function: {
    name: matches(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
    labels,
    kms_key_name: kmsKey,
    'build_config.docker_repository': matches(
      /^(?:https:\/\/artifactregistry\.googleapis\.com\/v1\/)?projects\/[^/]+\/locations\/[^/]+\/repositories\/[^/]+$/,
    ),
    'build_config.service_account': matches(/^projects\/[^/]+\/serviceAccounts\/[^/]+$/),
    'build_config.worker_pool': matches(/^projects\/[^/]+\/locations\/[^/]+\/workerPools\/[^/]+$/),
    'service_config.service_account_email': email,
    'service_config.vpc_connector': matches(
      /^(?:projects\/[^/]+\/locations\/[^/]+\/connectors\/)?[a-z][a-z0-9-]*$/,
    ),
  },
  google_kms_crypto_key_iam_member: { crypto_key_id: kmsKey },
  google_logging_metric: { name: matches(/^[A-Za-z0-9_./-]{1,100}$/) },
  google_project_iam_custom_role: { role_id: matches(/^[a-zA-Z0-9_.]{3,64}$/) },
  google_project_service: { service: matches(/^[a-z][a-z0-9.-]*\.googleapis\.com$/) },
  google_pubsub_subscription: {
    name: pubsubName,
    labels,
    topic: matches(/^projects\/[^/]+\/topics\/[^/]+$|^[A-Za-z][A-Za-z0-9._~%+-]{2,254}$/),
    'push_config.oidc_token.service_account_email': email,
    'dead_letter_policy.dead_letter_topic': matches(/^projects\/[^/]+\/topics\/[^/]+$/),
  },
  google_iap_web_cloud_run_service_iam_member: { cloud_run_service_name: notEmpty },
  google_pubsub_topic: { name: pubsubName, labels, kms_key_name: kmsKey },
  google_service_account: { account_id: matches(/^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/) },
  google_service_account_iam_member: {
    service_account_id: matches(new RegExp(`projects/${PROJECT}/serviceAccounts/(${ACCOUNT})`)),
  },
  google_storage_bucket: { name: bucketName, labels, 'encryption.default_kms_key_name': kmsKey },
  google_storage_bucket_iam_member: { bucket: notEmpty },
  google_storage_bucket_object: { name: notEmpty },
  google_storage_notification: {
    topic: matches(/^(?:\/\/pubsub\.googleapis\.com\/)?projects\/[^/]+\/topics\/[^/]+$/),
  },
  google_vertex_ai_endpoint: {
    name: matches(/^[1-9][0-9]{0,9}$/),
    display_name: matches(/^.{1,128}$/),
    labels,
    'encryption_spec.kms_key_name': kmsKey,
  },
};
