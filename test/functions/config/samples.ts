/** A good slipway.yaml, for tests to vary. */
export const CHURN = `
    artifacts: gs://models/churn/*/model.onnx
    image: us-docker.pkg.dev/p/r/predictor
    endpoint: churn`;

export const HEAD = `
project: my-project
region: us-central1
state: my-state`;

export const GOOD = `${HEAD}
services:
  churn:${CHURN}
`;

/** One service with this beside what it must have. */
export function withService(more: string): string {
  return `${GOOD.trimEnd()}\n${more}\n`;
}
