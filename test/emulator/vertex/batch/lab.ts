/** Batch prediction jobs of the emulator with a container that is a function, on a clock that stands still. */
import { isObject, parseJson } from '../../../../emulator/core/json.ts';
import type { Json, JsonObject } from '../../../../emulator/core/json.ts';
import type { Behaviour } from '../../../../emulator/vertex/behaviour.ts';
import type { JobJson } from '../../../../emulator/vertex/batch/job.ts';
import type { HttpAnswer } from '../../../../emulator/vertex/container.ts';
import { createWorld, modelName, parent, prepare } from '../world.ts';
import type { World } from '../world.ts';

export interface Lab extends World {
  /** The instances of every post. */
  readonly posts: Json[][];
  /** Creates a job over `gs://inputs/*`, lets it end and returns it. `change`: fields of the job, over the default ones. */
  run(change?: JsonObject): Promise<JobJson>;
  create(change?: JsonObject): JobJson;
  /** The rows of all result files in the order of the listing, and those of the files of errors. */
  rows(job: JsonObject): { results: Json[]; errors: Json[]; names: string[] };
}

/** What the container makes of the instances of a post. By default it answers each with itself. */
export type Answer = (instances: Json[], body: JsonObject) => { status: number; body: Json };

export async function createLab(
  input: Readonly<Record<string, string>>,
  options: { answer?: Answer; behaviour?: Partial<Behaviour> } = {},
): Promise<Lab> {
  const { answer = (instances) => ({ status: 200, body: { predictions: instances } }) } = options;
  const world = createWorld(options.behaviour);
  const posts: Json[][] = [];
  world.runtime.answer = ({ body }): HttpAnswer => {
    const request = parseJson(String(body));
    const instances = isObject(request) && Array.isArray(request.instances) ? request.instances : [];
    posts.push(instances);
    const { status, body: answered } = answer(instances, isObject(request) ? request : {});
    return { status, contentType: 'application/json', body: Buffer.from(JSON.stringify(answered)) };
  };
  await prepare(world);
  world.store.createBucket('inputs');
  world.store.createBucket('results');
  for (const [name, content] of Object.entries(input))
    world.store.putObject('inputs', name, Buffer.from(content));
  const { batchJobs } = world.vertex;
  const create = (change: JsonObject = {}): JobJson => {
    const job = { ...defaultJob, ...change };
    return batchJobs.create(parent, JSON.parse(JSON.stringify(job)));
  };
  return {
    ...world,
    posts,
    create,
    async run(change) {
      const { name } = create(change);
      for (let second = 0; second < 600; second += 1) {
        const job = batchJobs.get(name);
        if (job.endTime !== undefined) return job;
        await world.clock.advance(1000);
      }
      throw new Error(`expected the job to end: ${JSON.stringify(batchJobs.get(name))}`);
    },
    rows(job) {
      const { outputInfo } = job;
      const { gcsOutputDirectory = '' } = isObject(outputInfo) ? outputInfo : {};
      const directory = typeof gcsOutputDirectory === 'string' ? gcsOutputDirectory : '';
      const { objects } = world.store.listObjects('results', {
        prefix: directory.slice('gs://results/'.length),
      });
      const read = (kind: RegExp): Json[] =>
        objects
          .filter(({ name }) => kind.test(name))
          .flatMap((object) => String(world.store.contentOf(object)).split('\n'))
          .filter((line) => line !== '')
          .map((line) => parseJson(line));
      return {
        results: read(/\/(?:prediction\.results-|predictions_)/),
        errors: read(/\/(?:prediction\.errors_stats-|errors_)/),
        names: objects.map(({ name }) => name.slice(name.lastIndexOf('/') + 1)),
      };
    },
  };
}

export const defaultJob: JsonObject = {
  displayName: 'nightly',
  model: modelName,
  inputConfig: { instancesFormat: 'jsonl', gcsSource: { uris: ['gs://inputs/*'] } },
  outputConfig: { predictionsFormat: 'jsonl', gcsDestination: { outputUriPrefix: 'gs://results/churn/' } },
  dedicatedResources: { machineSpec: { machineType: 'n1-standard-4' }, startingReplicaCount: 1 },
};

/** `count` lines of `{"id":N,"x":N/2}`. */
export function lines(count: number): string {
  return Array.from({ length: count }, (_, id) => `${JSON.stringify({ id, x: id / 2 })}\n`).join('');
}
