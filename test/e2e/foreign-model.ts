/** A model that somebody else has uploaded. */
import { LOCATION, MODELS, type LocalStack } from '../support/local-stack.ts';

/** Returns its name. */
export async function uploadForeign({ models }: LocalStack, parent = LOCATION): Promise<string> {
  const [uploading] = await models.uploadModel({
    parent,
    model: {
      displayName: 'theirs',
      artifactUri: `gs://${MODELS}/landing/v1`,
      containerSpec: {
        imageUri: 'us-central1-docker.pkg.dev/e2e-project/slipway/predictor',
        predictRoute: '/predict',
        healthRoute: '/health',
      },
    },
  });
  const [uploaded] = await uploading.promise();
  return uploaded.model ?? '';
}
