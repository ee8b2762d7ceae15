/**
 * What Google says when it refuses, by the call: in its own words where a public report has them (issues of
 * googleapis/python-aiplatform, GoogleCloudPlatform/vertex-ai-samples and others), else in the form of such words.
 */
import type { Status } from '../../functions/errors.ts';

export interface Words {
  readonly status: Status;
  readonly message: string;
}

const ENDPOINT = '//aiplatform.googleapis.com/projects/p/locations/us-central1/endpoints/1';
const AGENT = 'service-123456789@gcp-sa-aiplatform.iam.gserviceaccount.com';

/** Any call may be refused so. */
const ANY: readonly Words[] = [
  {
    status: 'PERMISSION_DENIED',
    message: `Permission denied on resource '${ENDPOINT}' (or it may not exist).`,
  },
  {
    status: 'PERMISSION_DENIED',
    message: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc",
  },
  { status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
  { status: 'INTERNAL', message: 'Internal error encountered.' },
  {
    status: 'RESOURCE_EXHAUSTED',
    message:
      "Quota exceeded for quota metric 'Resource management requests' and limit 'per minute per region'.",
  },
  {
    status: 'UNAUTHENTICATED',
    message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
  },
  { status: 'UNIMPLEMENTED', message: 'Operation is not implemented, or supported, or enabled.' },
  { status: 'NOT_FOUND', message: 'The requested resource was not found in this project.' },
  {
    status: 'FAILED_PRECONDITION',
    message: 'Vertex AI API has not been used in project 1 before or it is disabled.',
  },
  {
    status: 'INVALID_ARGUMENT',
    message: 'List of found errors: 1.Field: name; Message: Invalid resource name.',
  },
];

/** What only some calls are answered. */
const OF: Readonly<Record<string, readonly Words[]>> = {
  'vertex.upload': [
    {
      status: 'FAILED_PRECONDITION',
      message: `Service account \`${AGENT}\` does not have \`[storage.objects.get]\` IAM permission(s) to the directory "gs://bucket/churn".`,
    },
    {
      status: 'FAILED_PRECONDITION',
      message: `Vertex AI Service Agent ${AGENT} does not have permission to access Artifact Registry repository projects/p/locations/us-east1/repositories/images.`,
    },
    {
      status: 'FAILED_PRECONDITION',
      message:
        'Service agents are being provisioned. Service agents are needed to read the Cloud Storage file provided. So please try again in a few minutes.',
    },
    { status: 'INVALID_ARGUMENT', message: 'Provided CryptoKey cannot be used in Vertex AI service' },
  ],
  'vertex.deploy': [
    {
      status: 'RESOURCE_EXHAUSTED',
      message: 'The following quotas are exceeded: CustomModelServingCPUsPerProjectPerRegion',
    },
    {
      status: 'UNAVAILABLE',
      message: 'Machine type temporarily unavailable, please deploy with a different machine type or retry.',
    },
    {
      status: 'INVALID_ARGUMENT',
      message:
        'You do not have permission to act as service_account: 123456789-compute@developer.gserviceaccount.com. (or it may not exist).',
    },
    {
      status: 'PERMISSION_DENIED',
      message: `Permission 'aiplatform.endpoints.deploy' denied on resource '${ENDPOINT}' (or it may not exist).`,
    },
    { status: 'FAILED_PRECONDITION', message: 'There are other operations running on the Endpoint' },
  ],
  'vertex.updateEndpoint': [
    {
      status: 'PERMISSION_DENIED',
      message: `Permission 'aiplatform.endpoints.update' denied on resource '${ENDPOINT}' (or it may not exist).`,
    },
    { status: 'INVALID_ARGUMENT', message: 'The following DeployedModel ID(s) [0] do not exist.' },
    { status: 'FAILED_PRECONDITION', message: 'There are other operations running on the Endpoint' },
    { status: 'INVALID_ARGUMENT', message: 'Number of labels exceeds the limit of 64.' },
  ],
  'vertex.undeploy': [
    { status: 'FAILED_PRECONDITION', message: 'There are other operations running on the Endpoint' },
    {
      status: 'PERMISSION_DENIED',
      message: `Permission 'aiplatform.endpoints.undeploy' denied on resource '${ENDPOINT}' (or it may not exist).`,
    },
  ],
  'vertex.deleteVersion': [
    {
      status: 'FAILED_PRECONDITION',
      message: 'The model version is still referenced by a batch prediction job.',
    },
  ],
  'vertex.predict': [
    {
      status: 'FAILED_PRECONDITION',
      message:
        "This endpoint is a dedicated endpoint via CloudESF and cannot be accessed through the Vertex AI API. Please access the endpoint using its dedicated dns name '1.us-central1-1.prediction.vertexai.goog'",
    },
    {
      status: 'FAILED_PRECONDITION',
      message: `Endpoint projects/p/locations/us-central1/endpoints/1 doesn't have traffic_split.`,
    },
    { status: 'FAILED_PRECONDITION', message: 'The request size (1857939 bytes) exceeds 1.500MB limit.' },
    {
      status: 'PERMISSION_DENIED',
      message: `Permission 'aiplatform.endpoints.predict' denied on resource '${ENDPOINT}' (or it may not exist).`,
    },
  ],
  artifacts: [
    {
      status: 'PERMISSION_DENIED',
      message:
        'slipway@p.iam.gserviceaccount.com does not have storage.objects.get access to the Google Cloud Storage object.',
    },
    {
      status: 'INVALID_ARGUMENT',
      message: 'Bucket is a requester pays bucket but no user project provided.',
    },
    {
      status: 'FAILED_PRECONDITION',
      message: 'Billing account for the owning project is disabled in state delinquent',
    },
  ],
  ledgers: [
    {
      status: 'PERMISSION_DENIED',
      message:
        'slipway@p.iam.gserviceaccount.com does not have storage.objects.create access to the Google Cloud Storage object.',
    },
    { status: 'UNAVAILABLE', message: 'We encountered an internal error. Please try again.' },
    {
      status: 'RESOURCE_EXHAUSTED',
      message: 'The object exceeded the rate limit for object mutation operations.',
    },
  ],
  bus: [
    { status: 'PERMISSION_DENIED', message: 'User not authorized to perform this action.' },
    { status: 'NOT_FOUND', message: 'Resource not found (resource=slipway-events).' },
    { status: 'UNAVAILABLE', message: 'The service was unable to fulfill your request. Please try again.' },
  ],
};

/** What operations fail with, again and again. */
export const FAILURES: readonly [Words, ...Words[]] = [
  {
    status: 'INTERNAL',
    message: 'An internal error occurred on your cluster. Please try recreating one in a few minutes.',
  },
  {
    status: 'RESOURCE_EXHAUSTED',
    message: 'The following quotas are exceeded: CustomModelServingCPUsPerProjectPerRegion',
  },
  {
    status: 'UNAVAILABLE',
    message:
      'Machine type temporarily unavailable. Machine type: "g2-standard-24". Accelerator type: "nvidia-l4".',
  },
  {
    status: 'FAILED_PRECONDITION',
    message: `Vertex AI Service Agent ${AGENT} does not have permission to access Artifact Registry repository projects/other/locations/us-east1/repositories/images.`,
  },
  {
    status: 'PERMISSION_DENIED',
    message: "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abc",
  },
];

/** All that a call may be refused with. */
export function wordsFor(method: string): readonly [Words, ...Words[]] {
  const [service = ''] = method.split('.');
  const own = OF[method] ?? OF[service] ?? [];
  // The ledger's bucket and the topics are Slipway's own: their refusals are few.
  const [first, ...rest] = service === 'ledgers' || service === 'bus' ? own : [...own, ...own, ...ANY];
  if (first === undefined) throw new Error(`no words for ${method}`);
  return [first, ...rest];
}
