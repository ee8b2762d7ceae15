/** Models with their versions and aliases, on simulated Vertex AI. */
import type { ModelVersion, RegistryModel, UploadRequest } from '../../functions/world.ts';
import { refusalOf, type SimOperations } from './operations.ts';
import { LOCATION, type SimVersion, type VertexParts } from './vertex-types.ts';

export class SimModels {
  readonly all = new Map<string, { exists: boolean; versions: SimVersion[] }>();
  readonly #made = new Map<string, number>();
  readonly #parts: VertexParts;
  readonly #operations: SimOperations;
  readonly #isDeployed: (model: string, version: string) => boolean;

  constructor(
    parts: VertexParts,
    operations: SimOperations,
    isDeployed: (model: string, version: string) => boolean,
  ) {
    this.#parts = parts;
    this.#operations = operations;
    this.#isDeployed = isDeployed;
  }

  listVersions(name: string): ModelVersion[] {
    // Asked for with the project's ID, kept with its number.
    const model = this.all.get(`${LOCATION}/models/${name.split('/').at(-1)}`);
    if (model === undefined) return [];
    const shown = model.versions.filter((v) => !v.making || this.#parts.scenario.switches.earlyVersion);
    return shown
      .map(({ model, version, description, labels, aliases, createdAt }) => ({
        model,
        version,
        description,
        labels,
        aliases,
        createdAt,
      }))
      .toReversed();
  }

  getVersion(model: string, version: string): RegistryModel | null {
    const found = this.versionOf(model, version);
    if (found === undefined || found.making) return null;
    const { description, labels, aliases, createdAt } = found;
    return {
      version: { model, version, description, labels, aliases, createdAt },
      isDeployable: true,
      artifactUri: '',
    };
  }

  /** The version of a model's full name. */
  versionOf(model: string, version: string): SimVersion | undefined {
    return this.all.get(model)?.versions.find((v) => v.version === version);
  }

  /** How many versions there ever were; they are numbered from 1. */
  everMade(modelId: string): number {
    return this.#made.get(`${LOCATION}/models/${modelId}`) ?? 0;
  }

  upload(request: UploadRequest): string {
    const name = `${LOCATION}/models/${request.modelId}`;
    const flaw = this.#parts.flawOf(request.artifactUri);
    const subject = request.labels.get('slipway-release') ?? '';
    const model = this.all.get(name) ?? { exists: false, versions: [] };
    if (!model.exists && model.versions.length > 0) {
      return this.#operations.refuseDuplicate(
        'upload',
        null,
        subject,
        `model ${request.modelId} already exists`,
      );
    }
    this.all.set(name, model);
    const made = this.everMade(request.modelId) + 1;
    this.#made.set(name, made);
    const version: SimVersion = {
      model: name,
      version: String(made),
      description: request.description,
      labels: request.labels,
      createdAt: Math.round(this.#parts.agenda.now),
      flaw,
      aliases: model.versions.length === 0 ? ['default'] : [],
      making: true,
      lastDeployedAt: -Infinity,
    };
    model.versions.push(version);
    const drop = () => {
      model.versions = model.versions.filter((v) => v !== version);
      if (model.versions.length === 0) this.all.delete(name);
    };
    const fatal =
      flaw === 'upload'
        ? { status: 'INVALID_ARGUMENT' as const, message: 'the container image cannot be pulled' }
        : null;
    return this.#operations.start('upload', null, subject, fatal, {
      succeed: () => {
        version.making = false;
        model.exists = true;
      },
      fail: drop,
      vanish: drop,
    });
  }

  moveAliases(modelName: string, version: string, aliases: readonly string[]): void {
    const model = this.all.get(modelName);
    const target = model?.versions.find((v) => v.version === version && !v.making);
    if (model === undefined || target === undefined)
      throw refusalOf('moveAliases', 'NOT_FOUND', 'no such version');
    for (const v of model.versions) v.aliases = v.aliases.filter((alias) => !aliases.includes(alias));
    target.aliases = [...target.aliases, ...aliases];
  }

  deleteVersion(modelName: string, version: string): string {
    const model = this.all.get(modelName);
    const target = model?.versions.find((v) => v.version === version && !v.making);
    if (model === undefined || target === undefined)
      throw refusalOf('deleteVersion', 'NOT_FOUND', 'no such version');
    const deployed = this.#isDeployed(modelName, version);
    const lag = this.#parts.scenario.switches.deleteLag;
    if (deployed || this.#parts.agenda.now < target.lastDeployedAt + lag || model.versions.length === 1) {
      throw refusalOf('deleteVersion', 'FAILED_PRECONDITION', 'the version is deployed or the only one');
    }
    return this.#operations.start('deleteVersion', null, version, null, {
      succeed: () => this.removeVersion(modelName, version),
      fail: () => {},
      vanish: () => this.removeVersion(modelName, version),
    });
  }

  /** Also what an operator does by hand. */
  removeVersion(modelName: string, version: string): void {
    const model = this.all.get(modelName);
    if (model === undefined) return;
    model.versions = model.versions.filter((v) => v.version !== version);
    if (model.versions.length === 0) this.all.delete(modelName);
  }
}
