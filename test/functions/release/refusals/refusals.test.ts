/** What refused calls mean: neighbours of the texts in error-texts.json. */
import { describe, expect, it } from 'vitest';
import { STATUSES, type Status } from '../../../../functions/errors.ts';
import { PROBLEMS } from '../../../../functions/problems.ts';
import { explainRefusal } from '../../../../functions/release/refusals/refusals.ts';
import type { Asked, Patience } from '../../../../functions/release/refusals/refusal.ts';

const CRUD =
  "Quota exceeded for quota metric 'Resource management (CRUD) requests' and limit 'Resource management (CRUD) requests per minute per region' of service 'aiplatform.googleapis.com' for consumer 'project_number:1'.";
const AGENT = 'service-1@gcp-sa-aiplatform.iam.gserviceaccount.com';

describe('a refused call', () => {
  it.each<[Patience, string, Asked, Status, string]>([
    [
      'minutes',
      'DEPLOY_PERMISSION',
      'deploy',
      'PERMISSION_DENIED',
      "Permission 'iam.serviceAccounts.actAs' denied on service account x",
    ],
    [
      'minutes',
      'DEPLOY_PERMISSION',
      'deploy',
      'FAILED_PRECONDITION',
      'Service account x@p.iam.gserviceaccount.com does not exist.',
    ],
    [
      'minutes',
      'DEPLOY_PERMISSION',
      'deploy',
      'PERMISSION_DENIED',
      'Vertex AI API has not been used in project 1 before or it is disabled.',
    ],
    ['minutes', 'DEPLOY_IMAGE', 'deploy', 'NOT_FOUND', 'Image us-docker.pkg.dev/p/r/i:latest not found.'],
    [
      'minutes',
      'DEPLOY_QUOTA',
      'deploy',
      'RESOURCE_EXHAUSTED',
      "Quota 'NVIDIA_L4_GPUS' exceeded. Limit: 0.0 in region us-central1.",
    ],
    [
      'minutes',
      'DEPLOY_QUOTA',
      'deploy',
      'RESOURCE_EXHAUSTED',
      '8 RESOURCE_EXHAUSTED: The following quotas are exceeded: X',
    ],
    [
      'deadline',
      'DEPLOY_CAPACITY',
      'deploy',
      'RESOURCE_EXHAUSTED',
      "The zone 'us-central1-a' does not have enough resources available to fulfill the request.",
    ],
    [
      'deadline',
      'DEPLOY_CAPACITY',
      'deploy',
      'UNAVAILABLE',
      'A g2-standard-4 VM instance with 1 nvidia-l4 accelerator(s) is currently unavailable in the us-central1-a zone.',
    ],
    ['deadline', 'RATE_LIMITED', 'deploy', 'RESOURCE_EXHAUSTED', CRUD],
    ['deadline', 'RATE_LIMITED', 'upload', 'RESOURCE_EXHAUSTED', CRUD],
    ['deadline', 'RATE_LIMITED', 'look endpoints', 'RESOURCE_EXHAUSTED', CRUD],
    ['deadline', 'SHIFT_FAILED', 'shift', 'RESOURCE_EXHAUSTED', CRUD],
    [
      'provisioning',
      'UPLOAD_FAILED',
      'upload',
      'FAILED_PRECONDITION',
      `Vertex AI Service Agent ${AGENT} does not exist. Please try again in a few minutes.`,
    ],
    [
      'provisioning',
      'DEPLOY_PERMISSION',
      'deploy',
      'FAILED_PRECONDITION',
      'The service agent is being provisioned, please try again in a few minutes.',
    ],
    ['minutes', 'UPLOAD_FAILED', 'upload', 'NOT_FOUND', 'The folder gs://models/churn/v9 does not exist.'],
    ['minutes', 'UPLOAD_FAILED', 'upload', 'FAILED_PRECONDITION', 'Something that was never said before.'],
    ['none', 'UPLOAD_FAILED', 'upload', 'INVALID_ARGUMENT', 'Invalid image URI'],
    ['none', 'DEPLOY_REFUSED', 'deploy', 'INVALID_ARGUMENT', 'Machine type "foo" is not supported.'],
    ['none', 'ENDPOINT_FAILED', 'createEndpoint', 'INVALID_ARGUMENT', 'endpoint_id must match [a-z0-9-]'],
    ['deadline', 'DEPLOY_REFUSED', 'deploy', 'ABORTED', 'Another operation is in progress on this Endpoint.'],
    [
      'deadline',
      'SHIFT_FAILED',
      'shift',
      'FAILED_PRECONDITION',
      'The etag does not match: the Endpoint has changed.',
    ],
    ['deadline', 'DEPLOY_INTERNAL', 'deploy', 'UNAVAILABLE', 'The service is currently unavailable.'],
    ['deadline', 'DEPLOY_INTERNAL', 'deploy', 'DEADLINE_EXCEEDED', 'Deadline exceeded'],
    ['minutes', 'SHIFT_FAILED', 'shift', 'PERMISSION_DENIED', 'denied'],
    ['minutes', 'GOOGLE_DENIED', 'look versions', 'PERMISSION_DENIED', 'denied'],
    [
      'minutes',
      'GOOGLE_DENIED',
      'verify',
      'PERMISSION_DENIED',
      `${AGENT} does not have storage.objects.get access`,
    ],
    ['minutes', 'ARTIFACT_NOT_FOUND', 'verify', 'NOT_FOUND', 'No such object: models/churn/v1/model.onnx'],
    ['deadline', 'GOOGLE_UNAVAILABLE', 'look operation', 'UNAVAILABLE', 'connect ECONNREFUSED'],
    ['minutes', 'UNDEPLOY_FAILED', 'undeploy', 'FAILED_PRECONDITION', 'It has traffic.'],
    ['deadline', 'DEPLOY_REFUSED', 'deploy', 'FAILED_PRECONDITION', 'the model version is not ready'],
    ['deadline', 'DEPLOY_REFUSED', 'deploy', 'FAILED_PRECONDITION', 'Model 12 is still being uploaded.'],
  ])('is worth %s: %s of %s, %s %s', (patience, code, asked, status, message) => {
    const found = explainRefusal(asked, { status, message });
    expect(found).toMatchObject({ code, patience });
    expect(found.detail).toContain(message.replace(/^8 \w+: /, ''));
  });

  it('has a known code, bounded words and no secret, whatever it says', () => {
    const asked: Asked[] = [
      'look endpoints',
      'look versions',
      'look deployments',
      'look operation',
      'look abandoned',
      'verify',
      'createEndpoint',
      'upload',
      'deploy',
      'shift',
      'fence',
      'judge',
      'undeploy',
      'deleteVersion',
      'aliases',
      'announce',
    ];
    for (const status of STATUSES) {
      for (const what of asked) {
        const { code, detail } = explainRefusal(what, {
          status,
          message: `DB_PASS=5EC12E7 \u0000${'long '.repeat(2_000)}`,
        });
        expect(Object.keys(PROBLEMS)).toContain(code);
        expect(detail.length).toBeLessThanOrEqual(1_200);
        expect(detail).not.toMatch(/5EC12E7|\p{Cc}/u);
      }
    }
  });
});
