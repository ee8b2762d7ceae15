/** Predictions by key: what the server of a version reads is of that version, complete, and of its latest batch. */
import { readPublished, type Published } from '../../../common/batch/published.ts';
import type { BatchMessage } from '../../../functions/batch/publish.ts';
import type { BatchRun } from './context.ts';
import type { SimFile } from './files.ts';
import { releaseOf } from './samples.ts';

export class PublishedWatch {
  readonly #sim: BatchRun;
  readonly #violate: (text: string) => void;
  /** By release, when it was rolled back. */
  readonly #rolledBack = new Map<string, number>();
  /** By object. */
  readonly #latest = new Map<string, Published>();

  constructor(sim: BatchRun, violate: (text: string) => void) {
    this.#sim = sim;
    this.#violate = violate;
  }

  rolledBack(release: string): void {
    this.#rolledBack.set(release, this.#sim.agenda.now);
  }

  /** `began`: when the process of the writer began, which has looked at the releases since. */
  written({ name, bytes }: SimFile, began: number): void {
    const published = readPublished(String(bytes));
    const { batch, release, version, acceptedAt, files } = published;
    this.#sim.log(`published ${batch} of ${release} as ${name}`);
    const job = this.#sim.jobs.jobs.find((one) => one.batch === batch && one.state.endsWith('SUCCEEDED'));
    if (job?.request.version !== version || release !== releaseOf(version, null))
      this.#violate(`${batch} is published as version ${version}; version ${job?.request.version} answered`);
    if (name !== `_published/${release}.json`)
      this.#violate(`${batch} of ${release} is published as ${name}`);
    if (this.#isRemembered(release) && (this.#rolledBack.get(release) ?? Infinity) < began)
      this.#violate(`${batch} is published, and ${release} was rolled back before`);
    const before = this.#latest.get(name);
    if (before !== undefined && before.acceptedAt > acceptedAt)
      this.#violate(`${batch} is published over the later ${before.batch}`);
    this.#latest.set(name, published);
    this.#assertReadable(published);
    if (files.length === 0) this.#violate(`${batch} is published without results`);
  }

  told({ batch, version, published }: BatchMessage): void {
    if (!this.#sim.batch.isPublished) return;
    if (published === undefined)
      return this.#violate(`${batch} succeeded and does not say whether it answers by key`);
    if (published === null) return;
    const name = published.slice('gs://sim-out/'.length);
    const latest = this.#latest.get(name);
    if (latest === undefined || latest.version !== version)
      return this.#violate(`${batch} of version ${version} says that ${published} answers by it`);
    this.#assertReadable(latest);
  }

  #assertReadable({ batch, files }: Published): void {
    for (const { uri, generation } of files) {
      const file = this.#sim.files.at(uri);
      if (file === null || (generation !== null && file.generation !== generation))
        this.#violate(`${batch} is published with ${uri}, which is not there`);
    }
  }

  /** The ledger of the releases names the release that the last rollback came from. */
  #isRemembered(release: string): boolean {
    return this.#sim.ledgers.read('churn')?.ledger?.live?.request.rollback?.from === release;
  }
}
