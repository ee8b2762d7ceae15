/**
 * A Runtime that lives elsewhere: in a worker thread, so that a long run does not hold up the event loop, or in
 * another process, so that a model which kills the runtime kills only that. `host.ts` is the other side.
 */
import type { Candidate, CheckOptions, Findings } from '../check/check-model.ts';
import { ModelError, RunError } from './model-error.ts';
import type { ModelSource, Runtime, Signature, Tensor } from './runtime.ts';

/** A pair of these carries messages between the two sides; everything a structured clone can copy. */
export interface Channel {
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once if the other side is gone without having been closed. */
  onLost(listener: (cause: Error) => void): void;
  /** Ends the other side, which holds no model any more. Resolves when it is gone. */
  close(): Promise<void>;
}

interface Methods {
  load: [ModelSource, Signature];
  run: [readonly Tensor[], Tensor[]];
  check: [{ candidate: Candidate; options: CheckOptions }, Findings];
  release: [null, null];
}
export type Request = {
  [M in keyof Methods]: { id: number; method: M; argument: Methods[M][0] };
}[keyof Methods];
/** `name`: the class of the error, of those that mean something to the caller. */
export type Reply = { id: number } & ({ value: unknown } | { refusal: string; name: string });

/** A runtime that can be checked where it is. */
export interface RemoteRuntime extends Runtime {
  /** Loads the model in another way, instead of this one. */
  reload(source: ModelSource): Promise<void>;
  /** As `checkModel`. Rejects with the channel's reason if the model does not survive it. */
  check(candidate: Candidate, options: CheckOptions): Promise<Findings>;
}

/** Loads a model on the other side. Rejects with a ModelError if it cannot be loaded there. */
export async function openRemoteModel(channel: Channel, source: ModelSource): Promise<RemoteRuntime> {
  const call = caller(channel);
  const signature = await call('load', source);
  return {
    signature,
    run: (feeds) => call('run', feeds.map(compact)),
    async reload(other) {
      await call('release', null);
      await call('load', other);
    },
    check: (candidate, options) => call('check', { candidate, options }),
    async close() {
      // Ending a thread that is inside the runtime aborts the whole process: it has to let go first.
      await call('release', null);
      await channel.close();
    },
  };
}
/** Without this a view would be copied with all the memory it looks at. */
function compact(tensor: Tensor): Tensor {
  return { ...tensor, data: Array.isArray(tensor.data) ? tensor.data : tensor.data.slice() };
}

function caller(
  channel: Channel,
): <M extends keyof Methods>(method: M, argument: Methods[M][0]) => Promise<Methods[M][1]> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lost: Error | null = null;
  let nextId = 0;
  channel.onMessage((message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- hostModel sends nothing else
    const reply = message as Reply;
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('value' in reply) caller?.resolve(reply.value);
    else caller?.reject(errorOf(reply.name, reply.refusal));
  });
  channel.onLost((cause) => {
    lost = cause;
    for (const { reject } of waiting.values()) reject(cause);
    waiting.clear();
  });
  return (method, argument) =>
    new Promise((resolve, reject) => {
      if (lost !== null) {
        reject(lost);
        return;
      }
      nextId += 1;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the reply to this method has its type
      waiting.set(nextId, { resolve: resolve as (value: unknown) => void, reject });
      channel.send({ id: nextId, method, argument });
    });
}

function errorOf(name: string, message: string): Error {
  if (name === 'ModelError') return new ModelError(message);
  return name === 'RunError' ? new RunError(message) : new Error(message);
}
