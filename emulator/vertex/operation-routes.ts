import type { FastifyInstance, FastifyRequest } from 'fastify';

import { ApiError } from '../core/errors.ts';
import type { Operations } from '../core/operations.ts';
import { projectNumber } from './names.ts';
import { pageOf } from './page.ts';

interface Call {
  Params: { project: string; '*': string };
  Querystring: Readonly<Record<string, string | undefined>>;
}

/** gcloud polls endpoints' operations under /v1beta1, and the REST clients all operations under /ui. */
const prefixes = ['/v1', '/v1beta1', '/ui'];

const place = /^([^/]+(?:\/(?:models|endpoints)\/[^/]+)?)\/operations$/;
const operation = /^([^/]+(?:\/(?:models|endpoints)\/[^/]+)?)\/operations\/([^/:]+)(?::(wait|cancel))?$/;

/**
 * google.longrunning.Operations on nested names: `…/locations/L/operations/O` and
 * `…/locations/L/endpoints/E/operations/O`. The short form finds nested operations too.
 */
export function operationRoutes(app: FastifyInstance, operations: Operations): void {
  for (const prefix of prefixes) {
    const url = `${prefix}/projects/:project/locations/*`;
    app.get<Call>(url, { config: { rpc: 'Operations.GetOperation' } }, (request) => {
      const [, parent] = place.exec(request.params['*']) ?? [];
      if (parent !== undefined) return list(operations, fullName(request, parent), request.query);
      return operations.get(nameOf(operations, request).name);
    });
    app.delete<Call>(url, { config: { rpc: 'Operations.DeleteOperation' } }, (request) => {
      operations.delete(nameOf(operations, request).name);
      return {};
    });
    app.post<Call>(url, { config: { rpc: 'Operations.WaitOperation' } }, (request) => {
      const { name, verb } = nameOf(operations, request);
      if (verb === 'wait') return operations.wait(name, timeoutOf(request.query.timeout));
      if (verb === undefined) throw unknown(request);
      operations.cancel(name);
      return {};
    });
  }
}

function list(operations: Operations, parent: string, query: Call['Querystring']): Record<string, unknown> {
  const entries = operations.list(parent).map((json) => ({
    json,
    fields: new Map([
      ['done', String(json.done === true)],
      ['name', json.name],
    ]),
    labels: {},
  }));
  const page = pageOf(entries, {
    filter: query.filter ?? '',
    pageSize: Number(query.pageSize ?? query.page_size ?? 0),
    pageToken: query.pageToken ?? query.page_token ?? '',
  });
  const body = { operations: page.items.map(({ json }) => json) };
  return page.nextPageToken === '' ? body : { ...body, nextPageToken: page.nextPageToken };
}

function nameOf(
  operations: Operations,
  request: FastifyRequest<Call>,
): { name: string; verb: string | undefined } {
  const [, parent, id, verb] = operation.exec(request.params['*']) ?? [];
  if (parent === undefined || id === undefined) throw unknown(request);
  const location = fullName(request, parent);
  const nested = operations.list(location).find(({ name }) => name.endsWith(`/operations/${id}`));
  return { name: nested?.name ?? `${location}/operations/${id}`, verb };
}

function fullName({ params }: FastifyRequest<Call>, parent: string): string {
  return `projects/${projectNumber(params.project)}/locations/${parent}`;
}

/** A protobuf duration, `30s`. Google waits as long as it sees fit without one. */
function timeoutOf(timeout: string | undefined): number {
  const seconds = Number.parseFloat(timeout ?? '30');
  if (Number.isNaN(seconds))
    throw new ApiError('INVALID_ARGUMENT', `Invalid value at 'timeout': "${timeout}".`);
  return Math.min(Math.max(seconds, 0), 50) * 1000;
}

function unknown({ method, url }: FastifyRequest<Call>): ApiError {
  return new ApiError('UNIMPLEMENTED', `The emulator does not serve ${method} ${url}.`);
}
