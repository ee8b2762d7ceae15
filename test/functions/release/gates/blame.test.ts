/** Who a failed prediction is to blame on, by what was said; sources of the real texts are in error-texts.json. */
import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../functions/errors.ts';
import { blameFor } from '../../../../functions/release/gates/blame.ts';

describe('the container', () => {
  it.each<[Status, string]>([
    [
      'UNAVAILABLE',
      '14 UNAVAILABLE: {\n  "code": 503,\n  "type": "InternalServerException",\n  "message": "Prediction failed"\n}\n',
    ],
    [
      'UNAVAILABLE',
      '{"code": 503, "type": "ServiceUnavailableException", "message": "Model \\"m\\" has no worker to serve inference request."}',
    ],
    ['RESOURCE_EXHAUSTED', '{"error":"the queue of the model is full"}'],
    ['INTERNAL', 'boom'],
    ['INTERNAL', 'Internal Server Error'],
    ['INVALID_ARGUMENT', 'Expected input_1 to have shape (None, 4)'],
    ['FAILED_PRECONDITION', '{"detail":[{"loc":["body","instances"],"msg":"field required"}]}'],
    ['INTERNAL', 'HTTP 500: {"detail":"could not convert string to float"}'],
    ['INTERNAL', '<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>'],
    ['INVALID_ARGUMENT', '{"error":"Invalid input: expected 4 features, got 3"}'],
    ['FAILED_PRECONDITION', '{ "error": "In[0] mismatch In[1] shape: 4 vs. 3" }'],
    ['FAILED_PRECONDITION', 'Prediction failed: unknown error'],
    ['NOT_FOUND', '{"detail":"Not Found"}'],
    ['NOT_FOUND', '404 page not found'],
    ['INTERNAL', "PermissionError: [Errno 13] Permission denied: '/app/cache'"],
    ['UNAVAILABLE', 'Traceback (most recent call last): ValueError: X has 3 features'],
    ['INVALID_ARGUMENT', '{"error":"the endpoint of the feature store was not found"}'],
    ['INTERNAL', `{"error": "${'long '.repeat(300)}`],
  ])('has said %s %s', (status, message) => {
    expect(blameFor(status, message).by).toBe('container');
  });
});

describe('Vertex AI itself', () => {
  it.each<[Status, string, string]>([
    [
      'FAILED_PRECONDITION',
      "This endpoint is a dedicated endpoint via CloudESF and cannot be accessed through the Vertex AI API. Please access the endpoint using its dedicated dns name '1.us-central1-1.prediction.vertexai.goog'",
      'this is a dedicated endpoint',
    ],
    [
      'INVALID_ARGUMENT',
      'Dedicated Endpoint cannot be accessed through the shared Vertex AI domain',
      'this is a dedicated endpoint',
    ],
    [
      'FAILED_PRECONDITION',
      "Endpoint projects/p/locations/us-central1/endpoints/1 doesn't have traffic_split.",
      'gives no model traffic',
    ],
    [
      'FAILED_PRECONDITION',
      'The request size (1857939 bytes) exceeds 1.500MB limit.',
      'gates.golden.maxRows',
    ],
    ['INVALID_ARGUMENT', 'Request payload size exceeds the limit: 1572864 bytes.', 'gates.golden.maxRows'],
    ['FAILED_PRECONDITION', 'the endpoint answers inside its network alone', 'this is a private endpoint'],
    [
      'NOT_FOUND',
      'Endpoint `projects/1/locations/us-central1/endpoints/2` not found.',
      'does not know the endpoint',
    ],
    [
      'PERMISSION_DENIED',
      "Permission 'aiplatform.endpoints.predict' denied on resource",
      'aiplatform.endpoints.predict',
    ],
    [
      'FAILED_PRECONDITION',
      'Vertex AI API has not been used in project 1 before or it is disabled.',
      'grant',
    ],
    [
      'RESOURCE_EXHAUSTED',
      "Quota exceeded for quota metric 'Online prediction requests' and limit 'requests per minute'",
      'no quota left',
    ],
  ])('has said %s %s', (status, message, advice) => {
    const found = blameFor(status, message);
    expect(found.by).toBe('vertex');
    expect(found.advice).toContain(advice);
  });

  it('is not the model, where the predictor cannot look its features up', () => {
    const error = { code: 503, status: 'UNAVAILABLE', message: 'the feature store did not answer in time' };
    const told = { error: { ...error, view: 'customer', reason: 'FEATURES_UNAVAILABLE' } };
    const { by, advice } = blameFor('UNAVAILABLE', JSON.stringify(told));
    expect(by).toBe('nobody');
    expect(advice).toContain('the features of the golden rows cannot be looked up');
  });

  it.each<[Status, string]>([
    ['INTERNAL', 'Internal error encountered.'],
    ['INTERNAL', 'Received RST_STREAM with code 2'],
    ['INVALID_ARGUMENT', 'Endpoint 123 is not deployed with any models.'],
    ['INVALID_ARGUMENT', 'Received message larger than max (4194304 vs. 1572864)'],
    ['INTERNAL', 'An internal error occurred on the serving infrastructure'],
    ['UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
    ['UNAVAILABLE', 'The service is currently unavailable.'],
    ['UNAVAILABLE', 'boom'],
    [
      'UNAVAILABLE',
      '{"error":{"code":503,"message":"The service is currently unavailable.","status":"UNAVAILABLE"}}',
    ],
    ['UNAVAILABLE', 'upstream connect error or disconnect/reset before headers'],
    ['NOT_FOUND', 'The requested resource was not found in this project.'],
    ['NOT_FOUND', 'Requested entity was not found.'],
    ['NOT_FOUND', 'Method not found.'],
    ['NOT_FOUND', 'The requested URL /v1/projects/1:predict was not found on this server.'],
    ['FAILED_PRECONDITION', 'Precondition check failed.'],
    ['OUT_OF_RANGE', 'Client specified an invalid range.'],
    ['UNIMPLEMENTED', 'Operation is not implemented, or supported, or enabled.'],
    ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
    ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
    ['UNIMPLEMENTED', 'Received http2 header with status: 404'],
    ['DEADLINE_EXCEEDED', 'Deadline exceeded'],
    ['RESOURCE_EXHAUSTED', 'boom'],
    ['INTERNAL', ''],
  ])('or nobody known, by %s %s', (status, message) => {
    expect(blameFor(status, message).by).not.toBe('container');
  });
});
