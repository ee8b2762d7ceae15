/** What is read of a pipeline: which model a finished job has made. Rejects with a CallError and nothing else. */

/** An output artifact of a pipeline's task. */
export interface PipelineArtifact {
  readonly uri: string;
  /** Such as `system.Model` or `google.VertexModel`. */
  readonly schema: string;
}

export interface PipelineJob {
  /** Such as PIPELINE_STATE_SUCCEEDED. */
  readonly state: string;
  /** The outputs of the tasks that succeeded. */
  readonly outputs: readonly PipelineArtifact[];
}

export interface Pipelines {
  getPipelineJob(name: string): Promise<PipelineJob | null>;
}
