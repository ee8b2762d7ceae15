/** Wordings of Vertex AI, of the predictor and of common model servers, and what each of them means. */
import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../functions/errors.ts';
import { codeOf, EXITED, LOGS, NEVER_READY, pino, refused } from './deployment-errors.ts';

describe('a deployment that failed', () => {
  it.each<[string, string, string, readonly string[]]>([
    // Memory.
    ['DEPLOY_OUT_OF_MEMORY', 'a killed container', EXITED, ['model server exited with code 137']],
    [
      'DEPLOY_OUT_OF_MEMORY',
      "Vertex's own account of the container",
      'Model server terminated: model server container terminated: go/debugonly exit_code: 137 reason: "OOMKilled" started_at { seconds: 1695140000 }',
      [],
    ],
    [
      'DEPLOY_OUT_OF_MEMORY',
      'a kill by the kernel',
      EXITED,
      ['loading', './run.sh: line 4:    12 Killed python serve.py'],
    ],
    [
      'DEPLOY_OUT_OF_MEMORY',
      "gunicorn's guess",
      NEVER_READY,
      [
        '[2026-11-23 18:00:00 +0000] [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?',
        '10.0.0.1 - - [23/Nov/2026] "GET /health HTTP/1.1" 503 -',
      ],
    ],
    [
      'DEPLOY_OUT_OF_MEMORY',
      'a GPU',
      EXITED,
      [
        '2026-11-23T18:00:00 [INFO ] W-9000-model_1.0-stdout MODEL_LOG - torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
        'Load model failed: model, error: Worker died.',
      ],
    ],
    [
      'DEPLOY_OUT_OF_MEMORY',
      'a trial that was killed',
      EXITED,
      [refused('the model did not survive its trial', 'the process that tried the model ended with SIGKILL')],
    ],
    [
      'DEPLOY_OUT_OF_MEMORY',
      'golden rows that did not fit',
      EXITED,
      [refused('the model cannot answer the rows of golden.jsonl', 'std::bad_alloc')],
    ],
    ['DEPLOY_OUT_OF_MEMORY', 'Node', EXITED, ['FATAL ERROR: JavaScript heap out of memory']],

    // Quota: the operation's own words alone.
    [
      'DEPLOY_QUOTA',
      'the old names',
      'The following quotas are exceeded: CustomModelServingCPUsPerProjectPerRegion',
      [],
    ],
    [
      'DEPLOY_QUOTA',
      'the new names',
      'The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_serving_nvidia_l4_gpus',
      [],
    ],
    [
      'DEPLOY_FAILED',
      'a quota of somebody else',
      EXITED,
      ['HTTPError: 429 quota exceeded for huggingface.co'],
    ],
    [
      'DEPLOY_FAILED',
      'a name with quota in it',
      `Image "registry/quota-exceeded" did not start. ${EXITED}`,
      [],
    ],

    // Permission.
    [
      'DEPLOY_PERMISSION',
      'the service agent and the artifact',
      'Service account `service-1@gcp-sa-aiplatform.iam.gserviceaccount.com` does not have `[storage.objects.get]` IAM permission(s) to the directory "gs://models/churn/v1".',
      [],
    ],
    [
      'DEPLOY_PERMISSION',
      'the service agent and the image',
      'Vertex AI Service Agent does not have permission to access Artifact Registry repository projects/p/locations/l/repositories/r.',
      [],
    ],
    [
      'DEPLOY_PERMISSION',
      'the image, locally',
      'Image "registry/churn" was not found or cannot be accessed.',
      [],
    ],
    ['DEPLOY_PERMISSION', 'acting as', "Permission 'iam.serviceAccounts.actAs' denied", []],
    [
      'DEPLOY_PERMISSION',
      'the predictor may not read',
      EXITED,
      [
        refused(
          "the artifact's model.onnx cannot be read from gs://models/churn/v1",
          "serving@p.iam.gserviceaccount.com does not have storage.objects.get access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist).",
        ),
      ],
    ],
    [
      'DEPLOY_PERMISSION',
      'Python may not read',
      EXITED,
      [
        'google.api_core.exceptions.Forbidden: 403 GET https://storage.googleapis.com/storage/v1/b/models/o/m.pkl',
      ],
    ],
    [
      'DEPLOY_FAILED',
      'a file inside the container',
      EXITED,
      ["PermissionError: [Errno 13] Permission denied: '/app/cache'"],
    ],

    // Golden rows.
    [
      'DEPLOY_GOLDEN_MISMATCH',
      'an answer that differs',
      EXITED,
      [
        pino('INFO', 'listening'),
        refused(
          'the model answers golden.jsonl line 3 differently: prediction[0]: expected 0.91, got 0.13, with a tolerance of 0.0001',
        ),
        'model server exited with code 1',
      ],
    ],
    [
      'DEPLOY_GOLDEN_MISMATCH',
      'whatever the values say',
      EXITED,
      [
        refused(
          'the model answers golden.jsonl line 1 differently: prediction: expected "out of memory", got "exit code 137"',
        ),
      ],
    ],
    [
      'DEPLOY_GOLDEN_MISMATCH',
      'no answer',
      EXITED,
      [refused('the model cannot answer the rows of golden.jsonl', 'expected a number')],
    ],
    [
      'DEPLOY_BAD_ARTIFACT',
      'rows that are none',
      EXITED,
      [refused('golden.jsonl line 1: expected {"instance": …, "prediction": …}')],
    ],

    // The artifact.
    [
      'DEPLOY_BAD_ARTIFACT',
      'what is no ONNX file',
      EXITED,
      [refused('expected an ONNX model, got something else or a part of one: the file ends inside a number')],
    ],
    [
      'DEPLOY_BAD_ARTIFACT',
      'a model that crashes the runtime',
      EXITED,
      [refused('the model did not survive its trial', 'the process that tried the model ended with SIGSEGV')],
    ],
    [
      'DEPLOY_BAD_ARTIFACT',
      'a model that stalls it, though that kills the trial',
      EXITED,
      [
        refused(
          'the model did not survive its trial',
          'the process that tried the model took longer than 60000 ms: SIGKILL',
        ),
      ],
    ],
    [
      'DEPLOY_BAD_ARTIFACT',
      'a handler that misses a file',
      EXITED,
      [
        refused(
          'the handler /app/handler.js cannot be used',
          'expected columns.json in the artifact, got none',
        ),
      ],
    ],
    [
      'DEPLOY_FAILED',
      'a handler that is wrong',
      EXITED,
      [
        refused(
          'the handler /app/handler.js cannot be used',
          'expected a default export made by defineHandler, got none',
        ),
      ],
    ],
    [
      'DEPLOY_BAD_ARTIFACT',
      'a pickle of another version',
      EXITED,
      [
        'Traceback (most recent call last):',
        '  File "/app/serve.py", line 9, in <module>',
        '    model = joblib.load(path)',
        "AttributeError: Can't get attribute '__pyx_unpickle_CyHalfBinomialLoss' on <module 'sklearn._loss._loss'>",
      ],
    ],
    [
      'DEPLOY_BAD_ARTIFACT',
      'Triton',
      NEVER_READY,
      [
        "E1117 19:51:48.1 138 model_lifecycle.cc:621] failed to load 'churn' version 1: Invalid argument: unexpected inputs",
      ],
    ],
    [
      'DEPLOY_BAD_ARTIFACT',
      'TensorFlow Serving',
      NEVER_READY,
      [
        'No versions of servable churn found under base path /models/churn. Did you forget to name your leaf directory as a number?',
      ],
    ],

    // What is not known.
    ['DEPLOY_FAILED', 'no log', EXITED, []],
    ['DEPLOY_FAILED', 'no log, either', NEVER_READY, []],
    [
      'DEPLOY_FAILED',
      'a hint that misleads',
      'Model server exited unexpectedly. Please use recommended machine spec.',
      ['serve: error: unrecognized arguments: --swap-space=16'],
    ],
    [
      'DEPLOY_CAPACITY',
      'no machines',
      'Machine type temporarily unavailable, please deploy with a different machine type or retry.',
      [],
    ],
    [
      'DEPLOY_FAILED',
      'a run that ended itself',
      EXITED,
      [
        pino('CRITICAL', 'model lost', { err: { message: 'a run took longer than 60000 ms' } }),
        'model server ended by SIGKILL',
      ],
    ],
    [
      'DEPLOY_FAILED',
      'one that was stopped since it took too long',
      NEVER_READY,
      ['model server ended by SIGKILL'],
    ],
    [
      'DEPLOY_FAILED',
      'figures that mean nothing',
      EXITED,
      ['returned 137 rows from 10.0.0.137', 'status 1370', 'oom_killed=0'],
    ],
    [
      'DEPLOY_FAILED',
      'what is said in passing',
      EXITED,
      [pino('INFO', 'guard against out of memory is on'), pino('INFO', 'model loaded', { goldenRows: 12 })],
    ],
  ])('%s: %s', (code, _, message, lines) => {
    expect(codeOf(message, lines)).toBe(code);
  });

  it.each<[string, Status, string]>([
    ['DEPLOY_QUOTA', 'RESOURCE_EXHAUSTED', 'The Endpoint has 5 DeployedModels already.'],
    [
      'DEPLOY_CAPACITY',
      'RESOURCE_EXHAUSTED',
      'Resources are insufficient in region: us-central1. Please try a different region.',
    ],
    ['DEPLOY_OUT_OF_MEMORY', 'RESOURCE_EXHAUSTED', 'The model server ran out of memory.'],
    ['DEPLOY_PERMISSION', 'PERMISSION_DENIED', 'no'],
    ['DEPLOY_INTERNAL', 'INTERNAL', 'Internal error encountered.'],
    ['DEPLOY_FAILED', 'DEADLINE_EXCEEDED', `Timeout. ${LOGS}`],
  ])('%s by the status %s', (code, status, message) => {
    expect(codeOf(message, [], status)).toBe(code);
  });
});
