/**
 * The emulator's own routes, which no Google service has:
 *
 * - `GET /` answers `Ok`, for programs that wait for the emulator;
 * - `GET`, `POST` and `DELETE /emulator/faults` list the fault plan, add one fault to it, and clear it;
 * - `GET` and `PATCH /emulator/behaviour` read and change the switches of Vertex AI's behaviour;
 * - `GET /emulator/deployedModels/ID/logs` answers the last lines of a deployed model's container.
 */
import type { FastifyPluginAsync } from 'fastify';

import { ApiError, asApiError } from './core/errors.ts';
import type { Faults } from './core/faults.ts';
import { requireJson } from './front.ts';
import { parseBehaviour } from './vertex/behaviour.ts';
import type { Vertex } from './vertex/vertex.ts';

export function adminRoutes(faults: Faults, vertex: Vertex): FastifyPluginAsync {
  return async (app) => {
    requireJson(app);
    app.setErrorHandler((error, _request, reply) => {
      const unreadable = error instanceof Error && 'statusCode' in error;
      const answer = unreadable ? new ApiError('INVALID_ARGUMENT', error.message) : asApiError(error);
      void reply.code(answer.httpStatus).send(answer.toBody());
    });
    app.get('/', () => 'Ok');
    app.get('/emulator/faults', () => ({ faults: faults.list() }));
    app.post('/emulator/faults', (request) => {
      faults.add(request.body);
      return { faults: faults.list() };
    });
    app.delete('/emulator/faults', () => {
      faults.clear();
      return { faults: [] };
    });
    app.get('/emulator/behaviour', () => vertex.behaviour);
    app.patch('/emulator/behaviour', (request) => {
      vertex.behaviour = parseBehaviour(request.body);
      return vertex.behaviour;
    });
    app.get<{ Params: { id: string } }>('/emulator/deployedModels/:id/logs', ({ params }) => ({
      lines: vertex.logsOf(params.id),
    }));
  };
}
