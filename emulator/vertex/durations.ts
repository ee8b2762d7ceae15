/** How long each operation takes at least, in seconds. Vertex AI's own take minutes. */
export interface Durations {
  readonly upload: number;
  readonly deleteModel: number;
  readonly deleteVersion: number;
  readonly createEndpoint: number;
  readonly updateEndpoint: number;
  readonly deleteEndpoint: number;
  readonly deploy: number;
  readonly undeploy: number;
  readonly mutate: number;
  /** From the creation of a batch job to its first row, half of it queued. */
  readonly batchStart: number;
  readonly deleteJob: number;
  /** The longest a deployment may take to become ready; a model's own deploymentTimeout may be shorter. */
  readonly deploymentTimeout: number;
}

export const defaultDurations: Durations = {
  upload: 0.1,
  deleteModel: 0.1,
  deleteVersion: 0.1,
  createEndpoint: 0.1,
  updateEndpoint: 0.1,
  deleteEndpoint: 0.1,
  deploy: 0.5,
  undeploy: 0.1,
  mutate: 0.1,
  batchStart: 0.5,
  deleteJob: 0.1,
  deploymentTimeout: 60,
};
