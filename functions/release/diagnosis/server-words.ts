/**
 * What the last words of a model server mean: rules for one line of its log, the first that fits. `strong` ones name
 * a cause; `weak` ones say that something failed which another line may give the reason for. The wordings are those
 * of Python, Node, Java, CUDA, Kubernetes, gunicorn, TorchServe, Triton, TensorFlow Serving, vLLM, TGI and of the
 * predictor. Pure.
 */
import type { ProblemCode } from '../../problems.ts';
import { KILLED_137, MEMORY } from './google-words.ts';

const SHARED_MEMORY =
  /shared memory \(shm\)|insufficient shared memory|\/dev\/shm\b.{0,80}\b(?:no space|too small|error|fail)|no space left on device.{0,80}\/dev\/shm|\bshm_open\b|(?:unable|failed|cannot|error while)(?: to)? \w{1,12} (?:the )?shared memory|\bbus error\b/i;

const DISK =
  /no space left on device|\bENOSPC\b|disk quota exceeded|(?:not enough|insufficient)(?: free)? (?:disk|storage)(?: space)?|\bdisk (?:is )?full\b|low on resource: (?:ephemeral-storage|nodefs)|ephemeral[- ](?:local )?storage.{0,60}\bexceed|exceed\w{0,4}.{0,60}\bephemeral/i;

/** A model, its cache or a batch that does not fit onto the accelerator is out of memory in other words. */
const DOES_NOT_FIT =
  /stored in (?:the )?KV cache|no available memory for the cache blocks|free memory on device.{0,120}\bless than desired|larger than the available KV cache|OOM when allocating|ResourceExhaustedError|RESOURCE_EXHAUSTED: |CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|(?:failed|unable) to allocate (?:memory|[\d.]+ ?[KMGT]i?B)|not enough memory|(?:insufficient|enough) (?:GPU |device |host )?(?:memory|RAM)\b|memory (?:is )?not (?:enough|sufficient)/i;

export const KILLED =
  /^(?:\S+: line \d+:\s+\d+ )?Killed\b|\bSIGKILL\b|\bsignal:? (?:9\b|killed)|exit(?:ed)? (?:with )?code:? -9\b/;

/** Of Google's services and of model hubs; a file that may not be opened inside the container is another matter. */
const NOT_PERMITTED =
  /does not have .{0,60}\bstorage\.\S{1,60} access|Permission '[\w.]{1,80}' denied|\bPERMISSION_DENIED\b|\bPermissionDenied: 403\b|exceptions\.Forbidden|\bForbidden: 403\b|\b403 (?:GET|POST|Forbidden|Client Error).{0,40}(?:googleapis|huggingface)|caller does not have permission|Anonymous caller does not have|AccessDenied(?:Exception)?\b|\bgated (?:repo|model)|GatedRepoError|access to (?:model|this model) .{0,120}\b(?:is )?restricted|\b401 (?:Client Error|Unauthorized)|RepositoryNotFoundError|DefaultCredentialsError|could not automatically determine credentials/i;

const GOLDEN =
  /answers golden\.jsonl line \d+ differently|cannot answer the rows of golden\.jsonl|golden (?:rows?|answers?|predictions?)\b.{0,80}\b(?:differ|mismatch|do(?:es)? not match)/i;

/** Built for another processor, another system, another driver; or the command is not in it. */
const IMAGE =
  /exec format error|version [`'"‘][\w.+-]{1,60}['"’] not found|\bGLIBC(?:XX)?_[\d.]{1,12}.{0,20}not found|CUDA driver version is insufficient|driver on your system is too old|forward compatibility was attempted|no kernel image is available|unsupported toolchain|illegal instruction|\bSIGILL\b|executable file not found|exec:? "?[\w./-]{1,200}"?: (?:no such file|permission denied|stat )|cannot open shared object file|undefined symbol:|OCI runtime create failed|unsatisfied condition: (?:cuda|driver|brand)|no NVIDIA (?:driver|GPU)|no CUDA GPUs are available|no CUDA-capable device|not compiled with CUDA|requires? .{0,60}(?:\bAVX\w{0,8}\b)|(?:supported|has|with) .{0,80}\bcompute capability|manifest unknown|ErrImagePull|ImagePullBackOff|architecture .{0,60}\bdoes not match|platform \(linux\/\w+\) does not match/i;

export const PORT_TAKEN =
  /EADDRINUSE|address (?:is )?already in use|error while attempting to bind|failed to bind|\bConnection in use\b|Can't connect to \('|BindException|Socket '[^']{0,100}' already in use|\bbind\b.{0,60}\b(?:permission denied|EACCES)|\bEACCES\b.{0,60}\b0\.0\.0\.0/i;

const BAD_ARTIFACT = new RegExp(
  [
    // The predictor; a handler belongs to the image, unless it misses a file.
    String.raw`\bmodel refused: (?!the handler )`,
    String.raw`\bmodel refused: .{0,2000}\bin the artifact\b`,
    // Python.
    String.raw`UnpicklingError|invalid load key|EOFError: Ran out of input|Can't get attribute|XGBoostError|LightGBMError|incompatible dtype|unsupported pickle protocol`,
    String.raw`PytorchStreamReader|Error\(s\) in loading state_dict|size mismatch for |Missing key\(s\) in state_dict|SafetensorError|safetensors_rust|deserializing header|HeaderTooLarge`,
    String.raw`InvalidProtobuf|INVALID_PROTOBUF|INVALID_GRAPH|InvalidGraph|unsupported model IR version|opset .{0,80}\bnot supported|is under development and support for this is limited|invalid magic number|unknown layer:|unrecognized model in|could not locate class|file signature not found`,
    String.raw`FileNotFoundError.{0,1000}(?:model|\.onnx|\.pkl|\.pickle|\.joblib|\.pt\b|\.bst|\.keras|\.h5)|does not appear to have a file named|no file named [\w.]{1,60}.{0,80}\bfound in|model type .{0,80}does not recognize|Model architectures? .{0,200}\bnot supported`,
    // TensorFlow Serving and Triton.
    String.raw`SavedModel file does not exist|No versions of servable|failed to load '[^']{0,200}' version|expect the model repository|failed to poll from model repository|(?:no|at least one) (?:model )?version (?:was found|must be available)|could not find .{0,40}\bmodel config`,
  ].join('|'),
  'i',
);

const TIME =
  /\bWORKER TIMEOUT\b|did not respond in (?:the )?given time|time[d ]{0,2}out (?:while )?waiting for .{0,40}\b(?:engine|model|server|worker|shard|startup|to start|to load)|(?:start-?up|initiali[sz]ation|loading).{0,60}\b(?:timed out|took too long|time ?out exceeded)|did not (?:start|initialize|become ready|come up) (?:with)?in\b|exceeded .{0,40}\bstart-?up (?:time|deadline)/i;

/** Kubernetes asks, and tells what it was answered. */
const PROBE =
  /probe failed with (?:statuscode|status code|code):? [1345]\d\d|probe failed: .{0,200}(?:context deadline exceeded|Client\.Timeout)/i;

const LOAD_FAILED = new RegExp(
  [
    String.raw`(?:failed|unable|error|cannot|could not)(?: to|:)? (?:load|open|read|deserializ)\w{0,6}(?: \w{1,20}){0,3} (?:model|artifact)`,
    String.raw`error loading (?:the )?model|load model failed|model loading failed|failed to load all models`,
  ].join('|'),
  'i',
);

/** The predictor's own words, whatever the store has said. */
const NO_FEATURES = /\bfeatures refused: /;

type Wordings = readonly (readonly [ProblemCode, RegExp])[];

const STRONG: Wordings = [
  ['DEPLOY_FEATURES', NO_FEATURES],
  ['DEPLOY_SHARED_MEMORY', SHARED_MEMORY],
  ['DEPLOY_DISK', DISK],
  ['DEPLOY_OUT_OF_MEMORY', MEMORY],
  ['DEPLOY_OUT_OF_MEMORY', DOES_NOT_FIT],
  ['DEPLOY_OUT_OF_MEMORY', KILLED_137],
  ['DEPLOY_OUT_OF_MEMORY', KILLED],
  ['DEPLOY_PERMISSION', NOT_PERMITTED],
  ['DEPLOY_GOLDEN_MISMATCH', GOLDEN],
  ['DEPLOY_IMAGE', IMAGE],
  ['DEPLOY_BAD_ARTIFACT', BAD_ARTIFACT],
  ['DEPLOY_PORT', PORT_TAKEN],
  ['DEPLOY_STARTUP_TIME', TIME],
  ['DEPLOY_HEALTH_ROUTE', PROBE],
];

const WEAK: Wordings = [['DEPLOY_BAD_ARTIFACT', LOAD_FAILED]];

/** What a line is the cause of, or null. */
export function causeIn(line: string, force: 'strong' | 'weak'): ProblemCode | null {
  const words = withoutGuesses(line);
  const wordings = force === 'strong' ? STRONG : WEAK;
  return wordings.find(([, wording]) => wording.test(words))?.[0] ?? null;
}

/** What may be, what is to be kept from happening, and what helps against it has not happened. */
const GUESS =
  /\b(?:perhaps|maybe|possibly|may|might|could|would|avoid\w{0,3}|prevent\w{0,3}|guard\w{0,3}|against|in case of|risk of|reduce|if you (?:see|get|run|encounter))\b[^.;:!]{0,60}?(?:out[- ]of[- ]memory|\bOOMs?\b|no space left|MemoryError)\b/gi;
/** The predictor ends its own trial so. */
const OWN_KILL = /took longer than \d{1,12} ms: SIGKILL/g;
/** The values of a golden row may say anything. */
const GOLDEN_VALUES = /(answers golden\.jsonl line \d{1,12} differently).*/;

function withoutGuesses(line: string): string {
  return line.replaceAll(GUESS, '').replaceAll(OWN_KILL, 'took too long').replace(GOLDEN_VALUES, '$1');
}
