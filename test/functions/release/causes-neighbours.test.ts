/**
 * Neighbours of the texts in error-texts.json: wordings of vLLM, TGI, Hugging Face, Triton, TorchServe, CUDA, glibc,
 * Docker, Compute Engine and Service Usage, as their sources or their users' issues have them.
 */
import { describe, expect, it } from 'vitest';
import { explainDeployment } from '../../../functions/release/causes.ts';
import { codeOf, EXITED as E, NEVER_READY as N, pino } from './deployment-errors.ts';

it.each<[string, string, readonly string[]]>([
  [
    'DEPLOY_OUT_OF_MEMORY',
    E,
    [
      "(EngineCore pid=611) ERROR 06-20 19:18:46 [core.py:1229] ValueError: To serve at least one request with the models's max seq len (32768), (4.00 GiB KV cache is needed, which is larger than the available KV cache memory (1.32 GiB).",
      'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
    ],
  ],
  ['DEPLOY_FAILED', E, ['api_server.py: error: unrecognized arguments: --swap-space=16']],
  [
    'DEPLOY_OUT_OF_MEMORY',
    E,
    [
      'Error: Warmup(Generation("Not enough memory to handle 4096 prefill tokens. You need to decrease `--max-batch-prefill-tokens`"))',
    ],
  ],
  [
    'DEPLOY_BAD_ARTIFACT',
    E,
    [
      "OSError: /gcs/model does not appear to have a file named config.json. Checkout 'https://huggingface.co//gcs/model/tree/None' for available files.",
    ],
  ],
  [
    'DEPLOY_PERMISSION',
    E,
    [
      'huggingface_hub.errors.GatedRepoError: 401 Client Error. (Request ID: Root=1-6)',
      'Cannot access gated repo for url https://huggingface.co/meta-llama/Llama-3.1-8B/resolve/main/config.json.',
      'Access to model meta-llama/Llama-3.1-8B is restricted. You must have access to it and be authenticated to access it. Please log in.',
    ],
  ],
  [
    'DEPLOY_IMAGE',
    E,
    ["/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/server)"],
  ],
  [
    'DEPLOY_IMAGE',
    E,
    [
      'RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver',
    ],
  ],
  [
    'DEPLOY_IMAGE',
    E,
    [
      'nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4, please update your driver to a newer version',
    ],
  ],
  ['DEPLOY_IMAGE', E, ['standard_init_linux.go:228: exec user process caused: exec format error']],
  [
    'DEPLOY_IMAGE',
    E,
    [
      'OCI runtime create failed: container_linux.go: starting container process caused: exec: "serve": executable file not found in $PATH',
    ],
  ],
  [
    'DEPLOY_SHARED_MEMORY',
    E,
    [
      "RuntimeError: DataLoader worker (pid 12) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory. Please try to raise your shared memory limit.",
    ],
  ],
  [
    'DEPLOY_SHARED_MEMORY',
    E,
    [
      "Failed to initialize Python stub: Failed to increase the shared memory pool size for key 'triton_python_backend_shm_region_1' to 67108864 bytes. If you are running Triton inside docker, use '--shm-size' flag to control the shared memory region size. Error: No space left on device",
    ],
  ],
  [
    'DEPLOY_SHARED_MEMORY',
    E,
    [
      'NCCL WARN Call to posix_fallocate failed : No space left on device',
      'Error while creating shared memory segment /dev/shm/nccl-abc (size 9637888)',
    ],
  ],
  ['DEPLOY_DISK', E, ['OSError: [Errno 28] No space left on device']],
  [
    'DEPLOY_DISK',
    E,
    [
      'safetensors_rust.SafetensorError: Error while serializing: IoError(Os { code: 28, kind: StorageFull, message: "No space left on device" })',
    ],
  ],
  [
    'DEPLOY_STARTUP_TIME',
    N,
    [
      '2024 [WARN ] W-9000-model_1.0 org.pytorch.serve.wlm.BatchAggregator - Load model failed: model, error: Worker died.',
      '2024 [ERROR] W-9000 org.pytorch.serve.wlm.WorkerThread - Backend worker did not respond in given time',
    ],
  ],
  [
    'DEPLOY_STARTUP_TIME',
    N,
    [
      'INFO 05-01 10:00:00 [weight_utils.py:265] Loading checkpoint',
      'Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:40<02:00, 40.1s/it]',
    ],
  ],
  [
    'DEPLOY_BAD_ARTIFACT',
    E,
    [
      'onnxruntime.capi.onnxruntime_pybind11_state.Fail: [ONNXRuntimeError] : 1 : FAIL : Load model from /m/model.onnx failed:/onnxruntime/core/graph/model.cc:150 Unsupported model IR version: 11, max supported IR version: 10',
    ],
  ],
  [
    'DEPLOY_BAD_ARTIFACT',
    E,
    [
      'RuntimeError: Error(s) in loading state_dict for Net:',
      ' size mismatch for fc.weight: copying a param with shape',
    ],
  ],
  ['DEPLOY_BAD_ARTIFACT', E, ['ValueError: unsupported pickle protocol: 5']],
  [
    'DEPLOY_BAD_ARTIFACT',
    E,
    [
      "E0101 10:00:00.1 1 model_repository_manager.cc:1004] Poll failed for model directory 'm': Invalid model name: Could not determine backend for model 'm' with no backend in model configuration.",
      'error: creating server: Internal - failed to load all models',
    ],
  ],
  [
    'DEPLOY_OUT_OF_MEMORY',
    E,
    ['numpy._core._exceptions._ArrayMemoryError: Unable to allocate 12.0 GiB for an array with shape (1, 2)'],
  ],
  [
    'DEPLOY_OUT_OF_MEMORY',
    E,
    [
      'Fatal Python error: Segmentation fault',
      'tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating tensor with shape[1]',
    ],
  ],
  [
    'DEPLOY_FAILED',
    E,
    ['WARNING: this may run out of memory on small machines', "ModuleNotFoundError: No module named 'x'"],
  ],
  [
    'DEPLOY_FAILED',
    E,
    ['torch.OutOfMemoryError: CUDA out of memory. retrying with batch size 8', "KeyError: 'features'"],
  ],
  ['DEPLOY_FAILED', E, ["ImportError: cannot import name 'x' from 'y'"]],
  [
    'DEPLOY_HEALTH_ROUTE',
    N,
    ['Uvicorn running on http://0.0.0.0:8080', '10.1.1.1:3 - "GET /health HTTP/1.1" 503 Service Unavailable'],
  ],
  ['DEPLOY_PORT', N, ['[2024-01-01 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:5000 (1)']],
  [
    'DEPLOY_PORT',
    N,
    ['E1 could not load cache: error, continuing', 'INFO:     Uvicorn running on http://0.0.0.0:8000'],
  ],
  [
    'DEPLOY_PERMISSION',
    E,
    ["google.api_core.exceptions.PermissionDenied: 403 Permission 'aiplatform.models.get' denied"],
  ],
  ['DEPLOY_PERMISSION', 'Service account foo@p.iam.gserviceaccount.com does not exist.', []],
  [
    'DEPLOY_PERMISSION',
    'Vertex AI API has not been used in project 123 before or it is disabled. Enable it by visiting',
    [],
  ],
  ['DEPLOY_IMAGE', 'Image us-docker.pkg.dev/p/r/i:latest not found.', []],
  [
    'DEPLOY_IMAGE',
    'Failed to pull image "x": rpc error: code = NotFound desc = failed to resolve reference: not found',
    [],
  ],
  [
    'DEPLOY_CAPACITY',
    "The zone 'us-central1-a' does not have enough resources available to fulfill the request. '(resource type:compute)'.",
    [],
  ],
  [
    'DEPLOY_CAPACITY',
    'Error code 8, message: resource exhausted: not enough resources available to fulfill the request in us-west1-b',
    [],
  ],
  [
    'DEPLOY_CAPACITY',
    'A n1-standard-4 VM instance with 1 nvidia-tesla-t4 accelerator(s) is currently unavailable in the us-central1-a zone.',
    [],
  ],
  ['DEPLOY_CAPACITY', 'We are currently out of capacity. Please retry', []],
  [
    'RATE_LIMITED',
    "Quota exceeded for quota metric 'Resource management (CRUD) requests' and limit 'Resource management (CRUD) requests per minute per region' of service 'aiplatform.googleapis.com' for consumer 'project_number:1'.",
    [],
  ],
  [
    'DEPLOY_QUOTA',
    "Quota exceeded for quota metric 'Custom model serving Nvidia L4 GPUs' and limit 'Custom model serving Nvidia L4 GPUs per region' of service 'aiplatform.googleapis.com'",
    [],
  ],
  ['DEPLOY_QUOTA', "Quota 'NVIDIA_L4_GPUS' exceeded. Limit: 0.0 in region us-central1.", []],
  ['DEPLOY_INTERNAL', 'Internal error encountered.', []],
])('%s: %s %j', (code, message, lines) => {
  const isResource = message !== E && message !== N && /quota|resource/i.test(message);
  const other = message.startsWith('Internal') ? 'INTERNAL' : 'FAILED_PRECONDITION';
  expect(codeOf(message, lines, isResource ? 'RESOURCE_EXHAUSTED' : other)).toBe(code);
});

describe('which line is fatal', () => {
  it.each<[string, string, string, readonly string[]]>([
    [
      'DEPLOY_BAD_ARTIFACT',
      'the last one, not what was survived',
      E,
      ['MemoryError: falling back to a smaller cache', "FileNotFoundError: '/m/model.onnx'"],
    ],
    [
      'DEPLOY_OUT_OF_MEMORY',
      'a worker killed for another reason than its timeout',
      N,
      [
        '[1] [CRITICAL] WORKER TIMEOUT (pid:68)',
        '[1] [ERROR] Worker (pid:68) was sent SIGABRT!',
        '[1] [ERROR] Worker (pid:70) was sent SIGKILL! Perhaps out of memory?',
      ],
    ],
    [
      'DEPLOY_STARTUP_TIME',
      'a timeout, whatever the order of its lines',
      N,
      [
        '[1] [ERROR] Worker (pid:68) was sent SIGKILL! Perhaps out of memory?',
        '[1] [CRITICAL] WORKER TIMEOUT (pid:68)',
      ],
    ],
    [
      'DEPLOY_FAILED',
      'no source that a traceback shows',
      E,
      [
        'Traceback (most recent call last):',
        '  File "/app/a.py", line 1, in f',
        "    raise MemoryError('out of memory') if big else KeyError(k)",
        "KeyError: 'k'",
      ],
    ],
    [
      'DEPLOY_FAILED',
      'no advice',
      E,
      [
        'INFO set this to avoid out of memory errors',
        'ValueError: bad option; a larger value might run out of memory',
      ],
    ],
    [
      'DEPLOY_DISK',
      'one that was logged as an error of standard error',
      E,
      [pino('ERROR', 'OSError: [Errno 28] No space left on device', { logger: 'root' })],
    ],
    [
      'DEPLOY_FAILED',
      'none that its text calls information',
      E,
      [pino('ERROR', '[INFO] guard against No space left on device is on', { logger: 'root' })],
    ],
    [
      'DEPLOY_IMAGE',
      'a level in a field of its own',
      E,
      [
        JSON.stringify({
          severity: 'DEFAULT',
          levelname: 'ERROR',
          message: 'Illegal instruction (core dumped)',
        }),
      ],
    ],
  ])('%s: %s', (code, _, message, lines) => {
    expect(codeOf(message, lines)).toBe(code);
  });
});

describe('what is told', () => {
  const explain = (message: string, lines: readonly string[] | null, port?: number) =>
    explainDeployment({ status: 'FAILED_PRECONDITION', message }, lines, port);

  it('names the port that the service is given', () => {
    const line = 'Uvicorn running on http://0.0.0.0:8080';
    expect(explain(N, [line], 9000)).toMatchObject({
      code: 'DEPLOY_PORT',
      detail: expect.stringContaining('given port 9000'),
    });
    expect(explain(N, [line]).code).toBe('DEPLOY_HEALTH_ROUTE');
  });

  it('says that a container has left no line, where one was started and its log was read', () => {
    expect(explain(E, []).detail).toContain('has no line');
    expect(explain(E, null).detail).toContain('could not be read');
    expect(explain(E, ['boom']).detail).not.toContain('no line');
    expect(explain('The following quotas are exceeded: X', []).detail).not.toContain('no line');
  });

  it('is worth repeating where only Google can have caused it', () => {
    expect(explain('We are currently out of capacity.', []).patience).toBe('deadline');
    expect(explain('The following quotas are exceeded: X', []).patience).toBe('minutes');
    expect(explain(E, ['MemoryError']).patience).toBe('none');
  });
});
