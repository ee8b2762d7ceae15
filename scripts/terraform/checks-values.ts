/** Closed lists and ranges of values that Google's provider or API refuses. */
import { between, each, json, matches, notEmpty, oneOf, secondsBetween, type Checks } from './checks.ts';

const DAY = 86_400;
const COMPARISONS = ['COMPARISON_GT', 'COMPARISON_GE', 'COMPARISON_LT', 'COMPARISON_LE', 'COMPARISON_EQ'];
const ALIGNERS = [
  'ALIGN_NONE',
  'ALIGN_DELTA',
  'ALIGN_RATE',
  'ALIGN_INTERPOLATE',
  'ALIGN_NEXT_OLDER',
  'ALIGN_MIN',
  'ALIGN_MAX',
  'ALIGN_MEAN',
  'ALIGN_COUNT',
  'ALIGN_SUM',
  'ALIGN_STDDEV',
  'ALIGN_COUNT_TRUE',
  'ALIGN_COUNT_FALSE',
  'ALIGN_FRACTION_TRUE',
  'ALIGN_PERCENTILE_99',
  'ALIGN_PERCENTILE_95',
  'ALIGN_PERCENTILE_50',
  'ALIGN_PERCENTILE_05',
  'ALIGN_PERCENT_CHANGE',
];
const REDUCERS = [
  'REDUCE_NONE',
  'REDUCE_MEAN',
  'REDUCE_MIN',
  'REDUCE_MAX',
  'REDUCE_SUM',
  'REDUCE_STDDEV',
  'REDUCE_COUNT',
  'REDUCE_COUNT_TRUE',
  'REDUCE_COUNT_FALSE',
  'REDUCE_FRACTION_TRUE',
  'REDUCE_PERCENTILE_99',
  'REDUCE_PERCENTILE_95',
  'REDUCE_PERCENTILE_50',
  'REDUCE_PERCENTILE_05',
];
/** Whole minutes up to a day: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies */
const minutes = matches(/^(?:0|[1-9]\d*)s$/);
const threshold = 'conditions.condition_threshold';

/** What each alert's aggregation has to be, before and after it. */
function aggregation(path: string): Checks {
  return {
    [`${path}.per_series_aligner`]: oneOf(...ALIGNERS),
    [`${path}.cross_series_reducer`]: oneOf(...REDUCERS),
    [`${path}.alignment_period`]: secondsBetween(60, 104 * 7 * DAY),
  };
}

export const VALUES: { readonly [type: string]: Checks } & { readonly '*_iam_member': Checks } = {
  '*_iam_member': {
    member: matches(
      /^(?!deleted:)(?:.+:.+|projectOwners|projectReaders|projectWriters|allUsers|allAuthenticatedUsers)$/,
    ),
    role: matches(/^(?:roles\/|(?:projects|organizations)\/[^/]+\/roles\/).+/),
    'condition.title': notEmpty,
    'condition.expression': notEmpty,
  },
  google_artifact_registry_repository: {
    format: oneOf('DOCKER', 'MAVEN', 'NPM', 'APT', 'YUM', 'PYTHON', 'KFP', 'GO', 'GENERIC'),
    mode: oneOf('STANDARD_REPOSITORY', 'VIRTUAL_REPOSITORY', 'REMOTE_REPOSITORY'),
    'cleanup_policies.id': notEmpty,
    'cleanup_policies.action': oneOf('DELETE', 'KEEP'),
    'cleanup_policies.condition.tag_state': oneOf('TAGGED', 'UNTAGGED', 'ANY'),
    // Also "30d", which the provider turns into seconds.
    'cleanup_policies.condition.older_than': matches(/^[0-9]+(?:\.[0-9]{1,9})?[sd]$/),
    'cleanup_policies.condition.newer_than': matches(/^[0-9]+(?:\.[0-9]{1,9})?[sd]$/),
    'cleanup_policies.most_recent_versions.keep_count': between(1, 1_000_000),
  },
  google_cloud_scheduler_job: {
    schedule: matches(/^(?:\S+ ){4}\S+$/),
    attempt_deadline: secondsBetween(15, 1800),
    'retry_config.retry_count': between(0, 5),
    'pubsub_target.data': matches(/^[A-Za-z0-9+/]+={0,2}$/),
  },
  google_cloudbuild_trigger: {
    'repository_event_config.pull_request.comment_control': oneOf(
      'COMMENTS_DISABLED',
      'COMMENTS_ENABLED',
      'COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY',
    ),
  },
  google_cloudfunctions2_function: {
    'service_config.ingress_settings': oneOf(
      'ALLOW_ALL',
      'ALLOW_INTERNAL_ONLY',
      'ALLOW_INTERNAL_AND_GCLB',
      '',
    ),
    'service_config.vpc_connector_egress_settings': oneOf(
      'VPC_CONNECTOR_EGRESS_SETTINGS_UNSPECIFIED',
      'PRIVATE_RANGES_ONLY',
      'ALL_TRAFFIC',
      '',
    ),
    'service_config.direct_vpc_egress': oneOf('VPC_EGRESS_ALL_TRAFFIC', 'VPC_EGRESS_PRIVATE_RANGES_ONLY', ''),
    'service_config.timeout_seconds': between(1, 3600),
    'service_config.max_instance_request_concurrency': between(1, 1000),
    'service_config.environment_variables': each((value) =>
      typeof value === 'string' && value.length < 32_768 ? null : 'expected fewer than 32 KiB in a variable',
    ),
  },
  google_logging_metric: {
    filter: notEmpty,
    'metric_descriptor.metric_kind': oneOf('DELTA', 'GAUGE', 'CUMULATIVE'),
    'metric_descriptor.value_type': oneOf('BOOL', 'INT64', 'DOUBLE', 'STRING', 'DISTRIBUTION', 'MONEY'),
    'bucket_options.exponential_buckets.num_finite_buckets': between(1, 200),
  },
  google_monitoring_alert_policy: {
    combiner: oneOf('AND', 'OR', 'AND_WITH_MATCHING_RESOURCE'),
    severity: oneOf('CRITICAL', 'ERROR', 'WARNING'),
    'alert_strategy.auto_close': secondsBetween(1800, 7 * DAY),
    'alert_strategy.notification_rate_limit.period': secondsBetween(300, 48 * 3600),
    'conditions.condition_matched_log.filter': notEmpty,
    [`${threshold}.filter`]: matches(/metric\.type\s*=\s*"[^"]+"/),
    [`${threshold}.comparison`]: oneOf(...COMPARISONS),
    [`${threshold}.duration`]: minutes,
    [`${threshold}.evaluation_missing_data`]: oneOf(
      'EVALUATION_MISSING_DATA_INACTIVE',
      'EVALUATION_MISSING_DATA_ACTIVE',
      'EVALUATION_MISSING_DATA_NO_OP',
    ),
    ...aggregation(`${threshold}.aggregations`),
    ...aggregation(`${threshold}.denominator_aggregations`),
  },
  google_monitoring_dashboard: { dashboard_json: json },
  google_project_iam_custom_role: {
    title: matches(/^.{1,100}$/),
    permissions: each(matches(/^[a-z][A-Za-z0-9-]*\.[A-Za-z][A-Za-z0-9]*\.[A-Za-z][A-Za-z0-9]*$/)),
    stage: oneOf('ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'),
  },
  google_pubsub_subscription: {
    ack_deadline_seconds: between(10, 600),
    message_retention_duration: secondsBetween(600, 31 * DAY),
    'push_config.push_endpoint': matches(/^https:\/\/|^google_/),
    'retry_policy.minimum_backoff': secondsBetween(0, 600),
    'retry_policy.maximum_backoff': secondsBetween(0, 600),
    'dead_letter_policy.max_delivery_attempts': between(5, 100),
    'expiration_policy.ttl': matches(/^$|^[0-9.]+s$/),
  },
  google_pubsub_topic: { message_retention_duration: secondsBetween(600, 31 * DAY) },
  google_service_account: { description: matches(/^[\s\S]{0,256}$/), display_name: matches(/^.{0,100}$/) },
  google_storage_bucket: {
    storage_class: oneOf(
      'STANDARD',
      'MULTI_REGIONAL',
      'REGIONAL',
      'NEARLINE',
      'COLDLINE',
      'ARCHIVE',
      'DURABLE_REDUCED_AVAILABILITY',
    ),
    public_access_prevention: oneOf('inherited', 'enforced'),
    'lifecycle_rule.action.type': oneOf('Delete', 'SetStorageClass', 'AbortIncompleteMultipartUpload'),
    'lifecycle_rule.condition.with_state': oneOf('LIVE', 'ARCHIVED', 'ANY', ''),
  },
  google_storage_bucket_object: { deletion_policy: oneOf('DELETE', 'ABANDON', 'PREVENT') },
  google_storage_notification: {
    payload_format: oneOf('JSON_API_V1', 'NONE'),
    event_types: each(oneOf('OBJECT_FINALIZE', 'OBJECT_METADATA_UPDATE', 'OBJECT_DELETE', 'OBJECT_ARCHIVE')),
  },
  time_sleep: {
    create_duration: matches(/^[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)$/),
    destroy_duration: matches(/^[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)$/),
  },
};
