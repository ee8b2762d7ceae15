/** The world as one process of a run of batches sees it. Releases are none of its business: their ports throw. */
import type { BatchWorld } from '../../../functions/batch-world.ts';
import { sharedWorkspace } from '../../../functions/google/workspace.ts';
import { LABELS } from '../../../functions/release/ids.ts';
import type { ModelVersion } from '../../../functions/world.ts';
import type { Process } from '../process.ts';
import type { BatchRun } from './context.ts';
import { releaseOf } from './samples.ts';
import { VERSIONS } from './scenario.ts';
import type { BatchWatch } from './watch.ts';

export function worldOf(sim: BatchRun & { readonly watch: BatchWatch }, process: Process): BatchWorld {
  const { agenda, files, jobs, ledgers, watch } = sim;
  const began = agenda.now;
  return {
    batch: {
      jobs: {
        list: (_, label, value) =>
          sim.call(process, 'vertex.listJobs', (ago) => jobs.list(label, value, ago)),
        create: (request) =>
          sim.call(process, 'vertex.createJob', () => {
            watch.creates(request);
            return jobs.create(request);
          }),
        cancel: (name) => sim.call(process, 'vertex.cancelJob', () => jobs.cancel(name)),
      },
      files: {
        copy: (from, to) =>
          sim.call(process, 'files.copy', () => {
            const source = files.generation(from);
            return source === null ? null : files.put(to.bucket, to.name, source.bytes, agenda.now);
          }),
        write: (to, bytes) =>
          sim.call(process, 'files.write', () =>
            files.put(to.bucket, to.name, Buffer.from(bytes), agenda.now),
          ),
        replace: (to, bytes, _type, generation) =>
          sim.call(process, 'files.replace', () => {
            const file = files.replace(to.bucket, to.name, Buffer.from(bytes), generation, agenda.now);
            watch.published.written(file, began);
            return file;
          }),
        compose: (bucket, names, to) =>
          sim.call(process, 'files.compose', () => files.compose(bucket, names, to, agenda.now)),
        remove: ({ bucket, name }) => sim.call(process, 'files.remove', () => files.remove(bucket, name)),
      },
      workspace: sharedWorkspace(),
    },
    ledgers: {
      read: (service) => sim.call(process, 'ledgers.read', () => ledgers.read(service)),
      async write(service, text, generation) {
        const stored = await sim.call(process, 'ledgers.write', () => {
          if (service !== 'churn.batch') watch.violate('S7', `a batch wrote the ledger ${service}`);
          watch.writes(text);
          return ledgers.write(service, text, generation, agenda.now);
        });
        return stored.generation;
      },
    },
    artifacts: {
      head: (bucket, name) => sim.call(process, 'artifacts.head', () => files.head(bucket, name)),
      async *list(bucket, prefix) {
        yield await sim.call(process, 'artifacts.list', () => files.list(bucket, prefix));
      },
      read: (object) =>
        sim.call(process, 'artifacts.read', () => files.generation(object)?.bytes.toString() ?? null),
      readRange: (object, start, end) =>
        sim.call(
          process,
          'artifacts.readRange',
          () => files.generation(object)?.bytes.subarray(start, end) ?? null,
        ),
      sha256: () => Promise.reject(new Error('no batch asks for it')),
    },
    bus: {
      publish: (topic, data, attributes = {}) =>
        sim.call(process, `bus.${topic}`, () => {
          if (topic === 'events') watch.told(data);
          else sim.pubsub.publish(topic, data, attributes);
        }),
    },
    vertex: {
      ...NONE,
      listVersions: () => sim.call(process, 'vertex.listVersions', () => VERSIONS.map(versionOf)),
    },
    monitoring: { served: () => Promise.reject(new Error('no batch asks for it')) },
    logs: { tail: () => Promise.resolve([]) },
    clock: { now: () => sim.clock(process), sleep: (ms) => sim.sleep(process, ms) },
    random: () => sim.random(process),
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const NONE = {} as BatchWorld['vertex'];

function versionOf(version: string): ModelVersion {
  const labels = new Map([[LABELS.release, releaseOf(version, null)]]);
  return { model: 'models/churn', version, description: '', labels, aliases: [], createdAt: 0 };
}
