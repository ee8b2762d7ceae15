/**
 * LoggingServiceV2.ListLogEntries over the lines of deployed models' containers, in the form in which Vertex AI writes
 * them: log `aiplatform.googleapis.com/prediction_container`, the endpoint as resource, the deployed model as label.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';

import { parseConjunction } from '../core/conjunction.ts';
import { ApiError } from '../core/errors.ts';
import { isObject, parseJson } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { projectNumber } from '../vertex/names.ts';
import { offsetOf, tokenOf } from '../vertex/page.ts';
import type { LogBookEntry } from './log-book.ts';

export const ListRequest = Type.Object(
  {
    resourceNames: Type.Optional(Type.Array(Type.String())),
    filter: Type.Optional(Type.String()),
    orderBy: Type.Optional(Type.String()),
    pageSize: Type.Optional(Type.Integer()),
    pageToken: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

const logId = 'aiplatform.googleapis.com/prediction_container';
const endpointType = 'aiplatform.googleapis.com/Endpoint';
const defaultPageSize = 50;
const maxPageSize = 1000;

/** `entries`: what is visible by now, in the order in which it was written. */
export function listEntries(
  request: Static<typeof ListRequest>,
  entries: readonly LogBookEntry[],
): JsonObject {
  const { resourceNames = [], filter = '', orderBy = '', pageSize = 0, pageToken = '' } = request;
  const [resource = ''] = resourceNames;
  const [, project] = /^projects\/([^/]+)$/.exec(resource) ?? [];
  if (project === undefined || resourceNames.length > 1)
    throw new ApiError('INVALID_ARGUMENT', 'The emulator takes one resource name, "projects/PROJECT".');
  if (!['', 'timestamp', 'timestamp asc', 'timestamp desc'].includes(orderBy))
    throw new ApiError('INVALID_ARGUMENT', `order_by must be "timestamp asc" or "timestamp desc".`);
  const matches = parseFilter(project, filter);
  const found = entries.filter(matches).toSorted(byTime);
  if (orderBy === 'timestamp desc') found.reverse();
  const from = pageToken === '' ? 0 : offsetOf(pageToken);
  const next = from + Math.min(pageSize > 0 ? pageSize : defaultPageSize, maxPageSize);
  const page = found.slice(from, next).map((entry) => toJson(project, entry));
  return {
    ...(page.length > 0 && { entries: page }),
    ...(next < found.length && { nextPageToken: tokenOf(next) }),
  };
}

function parseFilter(project: string, filter: string): (entry: LogBookEntry) => boolean {
  const comparisons = parseConjunction(filter, [
    'log_id=',
    'logName=',
    'resource.type=',
    'resource.labels.location=',
    'resource.labels.endpoint_id=',
    'labels.deployed_model_id=',
    'timestamp>=',
  ]);
  for (const { field, value } of comparisons) {
    if (field === 'timestamp' && Number.isNaN(Date.parse(value)))
      throw new ApiError('INVALID_ARGUMENT', `Unparseable filter: "${value}" is no timestamp.`);
  }
  return (entry) => {
    const [, number = '', , location = '', , id = ''] = entry.endpoint.split('/');
    if (number !== projectNumber(project)) return false;
    const fields = new Map([
      ['log_id', logId],
      ['logName', logName(project)],
      ['resource.type', endpointType],
      ['resource.labels.location', location],
      ['resource.labels.endpoint_id', id],
      ['labels.deployed_model_id', entry.deployedModelId],
    ]);
    return comparisons.every(({ field, operator, value }) =>
      operator === '>=' ? Date.parse(entry.line.timestamp) >= Date.parse(value) : fields.get(field) === value,
    );
  };
}

function byTime(a: LogBookEntry, b: LogBookEntry): number {
  return Date.parse(a.line.timestamp) - Date.parse(b.line.timestamp) || a.number - b.number;
}

function toJson(project: string, { endpoint, deployedModelId, line, number }: LogBookEntry): JsonObject {
  const [, container = '', , location = '', , id = ''] = endpoint.split('/');
  const { severity, ...payload } = payloadOf(line.text);
  return {
    insertId: String(number).padStart(12, '0'),
    logName: logName(project),
    resource: {
      type: endpointType,
      labels: { resource_container: `projects/${container}`, location, endpoint_id: id },
    },
    labels: { deployed_model_id: deployedModelId, replica_id: `predictor-${deployedModelId}-0` },
    timestamp: line.timestamp,
    receiveTimestamp: line.timestamp,
    severity: severity ?? (line.stream === 'stderr' ? 'ERROR' : 'INFO'),
    jsonPayload: payload,
  };
}

/** A line that is a JSON object is taken apart, any other becomes the message. */
function payloadOf(text: string): JsonObject {
  let parsed: Json;
  try {
    parsed = parseJson(text);
  } catch {
    return { message: text };
  }
  return isObject(parsed) ? parsed : { message: text };
}

function logName(project: string): string {
  return `projects/${project}/logs/${encodeURIComponent(logId)}`;
}
