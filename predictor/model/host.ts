/** The side of a remote model that has it. */
import { checkModel } from '../check/check-model.ts';
import type { Channel, Reply, Request } from './remote.ts';
import { openModel, type Runtime } from './runtime.ts';

/** Answers the calls of the other side with a model in this thread. `around` may stand between it and its runs. */
export function hostModel(
  channel: Pick<Channel, 'send' | 'onMessage'>,
  around: (runtime: Runtime) => Runtime = (runtime) => runtime,
): void {
  let runtime: Runtime | null = null;
  const reply = (message: Reply): void => channel.send(message);

  const answer = async (request: Request): Promise<unknown> => {
    if (request.method === 'load') {
      runtime = around(await openModel(request.argument));
      return runtime.signature;
    }
    if (runtime === null) throw new Error('expected a loaded model, got none');
    if (request.method === 'run') return runtime.run(request.argument);
    if (request.method === 'check') {
      return checkModel(runtime, request.argument.candidate, request.argument.options);
    }
    await runtime.close();
    return null;
  };
  channel.onMessage((message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- openRemoteModel sends nothing else
    const request = message as Request;
    answer(request).then(
      (value) => reply({ id: request.id, value }),
      (error: unknown) => {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        reply({ id: request.id, refusal: message, name });
      },
    );
  });
}
