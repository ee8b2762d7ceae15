/** The registry of models in memory, and the calls and operations that it shares with the endpoints. */
import {
  InMemoryOperations,
  durationOf,
  METHODS,
  type Durations,
  type Kind,
} from './in-memory-operations.ts';
import { CallError } from '../errors.ts';
import type { Call } from './call.ts';
import type {
  Clock,
  CopyRequest,
  Models,
  ModelVersion,
  Operation,
  RegistryModel,
  UploadRequest,
} from '../world.ts';

export class InMemoryModels implements Models {
  readonly versions: ModelVersion[] = [];
  readonly uploads: UploadRequest[] = [];
  readonly foreignVersions: RegistryModel[] = [];
  /** Calls that write, in their order. */
  readonly calls: Call[] = [];
  readonly operations: InMemoryOperations;
  protected readonly clock: Clock;
  /** Numbers of versions are never used again. */
  #versions = 0;

  /** `parent` is `projects/…/locations/…`. */
  constructor(parent: string, clock: Clock, durations: Durations) {
    this.clock = clock;
    this.operations = new InMemoryOperations(parent, clock, durations);
  }

  /** Newest first. */
  protected seedVersions(versions: readonly ModelVersion[]): void {
    this.versions.push(...versions.toReversed());
    this.#versions = Math.max(0, ...versions.map(({ version }) => Number(version)));
  }

  async listVersions(model: string): Promise<ModelVersion[]> {
    this.operations.land();
    return this.versions.filter((v) => idOf(v.model) === idOf(model)).toReversed();
  }

  async getVersion(model: string, version: string): Promise<RegistryModel | null> {
    this.operations.land();
    return this.foreignVersions.find(({ version: v }) => v.model === model && v.version === version) ?? null;
  }

  async upload(request: UploadRequest): Promise<string> {
    this.uploads.push(request);
    const model = `${request.parent}/models/${request.modelId}`;
    const { description, labels, artifactUri, image } = request;
    const args = { artifactUri, imageUri: image, labels: Object.fromEntries(labels) };
    return this.start('upload', model, args, () => this.addVersion({ model, description, labels }));
  }

  async copy({ parent, modelId, source }: CopyRequest): Promise<string> {
    const model = `${parent}/models/${modelId}`;
    if ((await this.getVersion(model, '1')) !== null)
      throw new CallError('CopyModel', 'ALREADY_EXISTS', `model ${modelId} already exists`);
    const from = this.foreignVersions.find(({ version: v }) => `${v.model}@${v.version}` === source);
    if (from === undefined) throw new CallError('CopyModel', 'NOT_FOUND', `no model ${source}`);
    return this.start(
      'upload',
      model,
      { sourceModel: source },
      () => this.addCopy(model, from),
      null,
      'CopyModel',
    );
  }

  /** A copy that is there at once. It has no aliases (docs, "Copy a model"). */
  addCopy(model: string, { version, ...rest }: RegistryModel): void {
    const copied = { ...version, model, version: '1', aliases: ['default'], createdAt: this.clock.now() };
    this.foreignVersions.push({ ...rest, version: copied });
  }

  /** A version that is there at once. The first one of a model is its default. */
  addVersion(made: Pick<ModelVersion, 'model' | 'description' | 'labels'>): void {
    const isFirst = this.versions.every(({ model }) => idOf(model) !== idOf(made.model));
    this.#versions += 1;
    const version = String(this.#versions);
    const aliases = isFirst ? ['default'] : [];
    this.versions.push({ ...made, version, aliases, createdAt: this.clock.now() });
  }

  async moveAliases(model: string, version: string, aliases: readonly string[]): Promise<void> {
    this.record('MergeVersionAliases', `${model}@${version}`, { versionAliases: aliases });
    for (const [i, v] of this.versions.entries()) {
      if (v.model !== model) continue;
      const others = v.aliases.filter((alias) => !aliases.includes(alias));
      this.versions[i] = { ...v, aliases: v.version === version ? [...others, ...aliases] : others };
    }
  }

  async deleteVersion(model: string, version: string): Promise<string> {
    return this.start('deleteVersion', `${model}@${version}`, {}, () => this.removeVersion(model, version));
  }

  removeVersion(model: string, version: string): void {
    const at = this.versions.findIndex((v) => v.model === model && v.version === version);
    if (at !== -1) this.versions.splice(at, 1);
  }

  /** Notes a call that has no operation. */
  protected record(method: string, target: string, args: Call['arguments']): void {
    this.calls.push({ method, kind: null, target, at: this.clock.now(), took: null, arguments: args });
  }

  protected start(
    kind: Kind,
    target: string,
    args: Call['arguments'],
    effect: () => void,
    ended: Operation['error'] = null,
    method = METHODS[kind],
  ): string {
    this.operations.land();
    const took = durationOf(this.operations.durations, kind);
    this.calls.push({ method, kind, target, at: this.clock.now(), took, arguments: args });
    return this.operations.start(kind, effect, ended);
  }
}

/** Vertex AI names the project by its number, a request by its ID: the model is the same. */
function idOf(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1);
}
