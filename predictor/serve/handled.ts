/** A predictor with a team's handler around it. */
import type { Handler } from '../handler.ts';
import { BadInput } from './bad-input.ts';
import type { Outcome } from './job.ts';
import { Overloaded } from './overload.ts';
import { readBody, type Body, type Predictor } from './predictor.ts';

// What setTimeout takes.
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Answers one request body. Throws or settles with a BadInput if it does not fit the contract. */
export type Predict = (
  body: unknown,
  settle: (outcome: Outcome) => void,
  isDisconnected: () => boolean,
) => void;

/** What a handler stands around: a predictor, or one that looks features up first. */
export interface Asked {
  readonly predict: Predict;
  readonly options: Pick<Predictor['options'], 'timeoutMs'>;
}

/** `state`: what the handler's `load` returned. */
export function withHandler<State>(predictor: Asked, handler: Handler<State>, state: State): Predict {
  return (body, settle, isDisconnected) => {
    const request = readBody(body);
    let late: NodeJS.Timeout | undefined;
    const giveUp = new Promise<never>((_resolve, reject) => {
      const { timeoutMs } = predictor.options;
      if (timeoutMs > TIMER_MS_MAX) return;
      late = setTimeout(() => reject(new Overloaded('timeout', 'the handler took too long')), timeoutMs);
    });
    Promise.race([answer(request), giveUp])
      .finally(() => clearTimeout(late))
      .then(
        (text) => settle({ ok: true, text }),
        (error: unknown) => settle({ ok: false, error }),
      );

    async function answer({ instances, parameters }: Body): Promise<string> {
      const { own, rest } = split(parameters, handler.parameters ?? []);
      const call = { instances, parameters: own, state, refuse };
      const asked = handler.before === undefined ? instances : await handler.before(call);
      assertCount('before', asked, instances.length);
      const predictions = await ask({
        instances: asked,
        ...(rest === undefined ? {} : { parameters: rest }),
      });
      const answers =
        handler.after === undefined ? predictions : await handler.after({ ...call, predictions });
      assertCount('after', answers, instances.length);
      return `{"predictions":[${answers.map(toJson).join(',')}]}`;
    }

    function ask(modelBody: unknown): Promise<readonly unknown[]> {
      return new Promise((resolve, reject) => {
        predictor.predict(
          modelBody,
          (outcome) => {
            if (outcome.ok) resolve(JSON.parse(outcome.text).predictions);
            else reject(outcome.error);
          },
          isDisconnected,
        );
      });
    }
  };
}

/** The handler's parameters, and the others as the model gets them. */
function split(
  parameters: unknown,
  names: readonly string[],
): { own: ReadonlyMap<string, unknown>; rest: unknown } {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    return { own: new Map(), rest: parameters };
  }
  const entries = Object.entries(parameters);
  const own = new Map(entries.filter(([name]) => names.includes(name)));
  return { own, rest: Object.fromEntries(entries.filter(([name]) => !names.includes(name))) };
}

/** Throws what JSON.stringify throws of what JSON cannot say: a BigInt, a circle, what nests too deeply. */
function toJson(prediction: unknown, index: number): string {
  // Typed as a string, but undefined for undefined and for functions.
  const text: string | undefined = JSON.stringify(prediction);
  if (text !== undefined) return text;
  throw new Error(
    `the handler's after: expected a prediction for instance ${index}, got nothing JSON can say`,
  );
}

function refuse(index: number, expected: string, got: string): never {
  throw new BadInput({ instance: index }, expected, got);
}

function assertCount(step: string, list: readonly unknown[], count: number): void {
  if (Array.isArray(list) && list.length === count) return;
  throw new Error(`the handler's ${step}: expected an array of ${count}, got ${list?.length ?? 'no array'}`);
}
