/** What CreateBatchPredictionJob takes, and what is refused at once. */
import { ApiError } from '../../core/errors.ts';
import type { Behaviour } from '../behaviour.ts';
import { checkDisplayName } from '../models.ts';
import { checkLabels, invalidFields, required } from '../request.ts';
import type { MachineSpec } from '../schemas.ts';
import { parseUri } from './files.ts';
import type { InstanceConfig } from './instances.ts';
import type { BatchPredictionJob } from './schemas.ts';

/** Of a custom model (Model.supported_input_storage_formats and supported_output_storage_formats). */
const inputFormats = new Set(['jsonl', 'csv', 'bigquery', 'tf-record', 'tf-record-gzip', 'file-list']);
const outputFormats = new Set(['jsonl', 'bigquery']);

/** What a job runs with. */
export interface Plan {
  readonly uris: readonly string[];
  readonly format: 'jsonl' | 'csv';
  readonly config: InstanceConfig;
  readonly outputFormat: 'jsonl' | 'csv';
  /** Without a slash at its end. */
  readonly outputPrefix: string;
  readonly machineSpec: MachineSpec;
  readonly replicas: number;
  readonly batchSize: number;
  /** JSON text, or ''. */
  readonly parameters: string;
}

/** Throws INVALID_ARGUMENT for what Vertex AI refuses, UNIMPLEMENTED for what the emulator does not run. */
export function planOf(job: BatchPredictionJob, { batchCsvOutput }: Behaviour): Plan {
  checkDisplayName(job.displayName, 'batch_prediction_job.display_name');
  checkLabels('batch_prediction_job.labels', job.labels ?? {});
  checkModel(job);
  const { format, bigquery: fromBigQuery, uris } = checkInput(job.inputConfig);
  const { bigquery: toBigQuery, prefix } = checkOutput(job.outputConfig, batchCsvOutput === 'written');
  const config = checkInstances(job.instanceConfig, format, toBigQuery);
  const resources = checkResources(job.dedicatedResources);
  const batchSize = Number(job.manualBatchTuningParameters?.batchSize ?? 0);
  if (batchSize < 0)
    throw invalid('manual_batch_tuning_parameters.batch_size', 'The value must be positive.');
  if (fromBigQuery || toBigQuery) {
    throw new ApiError(
      'UNIMPLEMENTED',
      'The emulator has no BigQuery: batch prediction from or to a bq:// table works on Google Cloud alone. ' +
        'Here, use gcs_source and gcs_destination.',
    );
  }
  if (format !== 'jsonl' && format !== 'csv')
    throw new ApiError('UNIMPLEMENTED', `The emulator does not read instances of the format "${format}".`);
  if (job.generateExplanation === true)
    throw new ApiError('UNIMPLEMENTED', 'The emulator does not generate explanations.');
  const parameters = job.modelParameters === undefined ? '' : JSON.stringify(job.modelParameters);
  return {
    uris,
    format,
    config,
    outputFormat: job.outputConfig?.predictionsFormat === 'csv' ? 'csv' : 'jsonl',
    outputPrefix: prefix.replace(/\/$/, ''),
    ...resources,
    // Without a number the batch has the default size (machine_resources.proto, ManualBatchTuningParameters).
    batchSize: batchSize === 0 ? 64 : batchSize,
    parameters,
  };
}

function checkModel({ model = '', unmanagedContainerModel }: BatchPredictionJob): void {
  if ((model === '') === (unmanagedContainerModel === undefined)) {
    throw invalidFields([
      { field: 'model', message: 'Exactly one of model and unmanaged_container_model must be set.' },
    ]);
  }
  if (/(?:^|\/)publishers\//.test(model))
    throw new ApiError('UNIMPLEMENTED', 'The emulator does not run models of publishers.');
}

function checkInput(input: BatchPredictionJob['inputConfig']): {
  format: string;
  bigquery: boolean;
  uris: readonly string[];
} {
  if (input === undefined) throw required('input_config');
  const { instancesFormat: format = '', gcsSource, bigquerySource, vertexMultimodalDatasetSource } = input;
  if (format === '') throw required('input_config.instances_format');
  if (!inputFormats.has(format)) {
    throw invalid('input_config.instances_format', `The model does not support the format "${format}".`);
  }
  if (vertexMultimodalDatasetSource !== undefined)
    throw new ApiError('UNIMPLEMENTED', 'The emulator has no multimodal datasets.');
  if ((gcsSource === undefined) === (bigquerySource === undefined)) throw required('input_config.source');
  if ((bigquerySource !== undefined) !== (format === 'bigquery')) {
    throw invalid('input_config', `The source does not fit instances_format "${format}".`);
  }
  if (bigquerySource !== undefined) {
    checkTable('input_config.bigquery_source.input_uri', bigquerySource.inputUri, 3);
    return { format, bigquery: true, uris: [] };
  }
  const uris = gcsSource?.uris ?? [];
  if (uris.length === 0) throw required('input_config.gcs_source.uris');
  for (const uri of uris) parseUri(uri);
  return { format, bigquery: false, uris };
}

function checkOutput(
  output: BatchPredictionJob['outputConfig'],
  takesCsv: boolean,
): { bigquery: boolean; prefix: string } {
  if (output === undefined) throw required('output_config');
  const { predictionsFormat: format = '', gcsDestination, bigqueryDestination } = output;
  if (format === '') throw required('output_config.predictions_format');
  if (!outputFormats.has(format) && !(takesCsv && format === 'csv')) {
    throw invalid('output_config.predictions_format', `The model does not support the format "${format}".`);
  }
  if (output.vertexMultimodalDatasetDestination !== undefined)
    throw new ApiError('UNIMPLEMENTED', 'The emulator has no multimodal datasets.');
  if ((gcsDestination === undefined) === (bigqueryDestination === undefined))
    throw required('output_config.destination');
  if ((bigqueryDestination !== undefined) !== (format === 'bigquery')) {
    throw invalid('output_config', `The destination does not fit predictions_format "${format}".`);
  }
  if (bigqueryDestination !== undefined) {
    checkTable('output_config.bigquery_destination.output_uri', bigqueryDestination.outputUri, 1);
    return { bigquery: true, prefix: '' };
  }
  const prefix = gcsDestination?.outputUriPrefix ?? '';
  if (!/^gs:\/\/[^/]+/.test(prefix))
    throw invalid('output_config.gcs_destination.output_uri_prefix', 'Expected gs://BUCKET/PREFIX.');
  return { bigquery: false, prefix };
}

/** `bq://PROJECT.DATASET.TABLE`, of which the first `least` parts are required. */
function checkTable(field: string, uri: string | undefined, least: number): void {
  const parts = /^bq:\/\/([^.]+(?:\.[^.]+){0,2})$/.exec(uri ?? '')?.[1]?.split('.') ?? [];
  if (parts.length >= least && (uri ?? '').length <= 2000) return;
  throw invalid(field, 'Expected a URI of the form bq://PROJECT.DATASET.TABLE of 2000 characters at most.');
}

function checkInstances(
  config: BatchPredictionJob['instanceConfig'],
  format: string,
  toBigQuery: boolean,
): InstanceConfig {
  const { instanceType = '', keyField = '', includedFields = [], excludedFields = [] } = config ?? {};
  const field = 'instance_config';
  if (instanceType !== '' && instanceType !== 'object' && instanceType !== 'array') {
    throw invalid(`${field}.instance_type`, 'The value must be "object" or "array".');
  }
  if (instanceType !== '' && format !== 'jsonl' && format !== 'bigquery') {
    throw invalid(`${field}.instance_type`, `It does not apply to instances_format "${format}".`);
  }
  if (includedFields.length > 0 && excludedFields.length > 0) {
    throw invalid(`${field}.excluded_fields`, 'It must be empty when included_fields is populated.');
  }
  if (includedFields.length + excludedFields.length > 0 && (format === 'csv' || format === 'file-list')) {
    throw invalid(field, `Included and excluded fields do not apply to instances_format "${format}".`);
  }
  if (keyField !== '' && format === 'file-list')
    throw invalid(`${field}.key_field`, 'It does not apply to instances_format "file-list".');
  if (keyField !== '' && toBigQuery)
    throw new ApiError('INVALID_ARGUMENT', '"bigquery" output format does not support key_field.');
  return { instanceType, keyField, includedFields, excludedFields };
}

function checkResources(resources: BatchPredictionJob['dedicatedResources']): {
  machineSpec: MachineSpec;
  replicas: number;
} {
  const field = 'dedicated_resources';
  if (resources === undefined) throw required(field);
  const { machineSpec, startingReplicaCount, maxReplicaCount } = resources;
  if (machineSpec?.machineType === undefined || machineSpec.machineType === '')
    throw required(`${field}.machine_spec.machine_type`);
  const replicas = Number(startingReplicaCount ?? 1);
  if (replicas < 1) {
    throw invalid(
      `${field}.starting_replica_count`,
      'The value must be greater than or equal to 1; a batch job does not scale to zero.',
    );
  }
  const max = Number(maxReplicaCount ?? 0);
  if (max !== 0 && max < replicas) {
    throw invalid(
      `${field}.max_replica_count`,
      'The value must be greater than or equal to starting_replica_count.',
    );
  }
  return { machineSpec, replicas };
}

function invalid(field: string, message: string): ApiError {
  return invalidFields([{ field, message }]);
}
