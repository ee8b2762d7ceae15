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
  deploymentTimeout: 60,
};

/** `upload=1,deploy=3`, as on the command line. Throws an Error that names what is wrong. */
export function parseDurations(text: string): Partial<Durations> {
  const durations: Record<string, number> = {};
  for (const part of text.split(',').filter((part) => part !== '')) {
    const [kind = '', seconds = ''] = part.split('=');
    const value = Number(seconds);
    if (!Object.hasOwn(defaultDurations, kind)) {
      throw new Error(`expected one of ${Object.keys(defaultDurations).join(', ')}, got "${kind}"`);
    }
    if (seconds === '' || !(value >= 0)) throw new Error(`expected seconds for ${kind}, got "${seconds}"`);
    durations[kind] = value;
  }
  return durations;
}
