/**
 * Log messages of the functions that something else filters by: Terraform's alerts, metrics and dashboard, the demo,
 * what the documents and the command line tell people to look for. A message that is renamed here is renamed there
 * too; test/common/log-messages.test.ts reads the Terraform files.
 */
export const LOG = {
  actionAccepted: 'action accepted',
  attemptFailed: 'attempt failed',
  batchAccepted: 'batch accepted',
  batchCancelled: 'batch job cancelled',
  batchEnded: 'batch ended',
  batchStale: 'results of a batch are stale',
  batchPublished: 'results of a batch published',
  batchStarted: 'batch job created',
  callFailed: 'call failed',
  callRefused: 'Google keeps refusing a call',
  currentOperation: 'current operation',
  endpointConfigured: 'endpoint configured',
  eventRefused: 'event refused',
  gateJudged: 'gate judged',
  leftDeployed: 'model left deployed',
  operationStarted: 'operation started',
  releaseEnded: 'release ended',
  requestAccepted: 'request accepted',
  rollbackStarted: 'rollback started',
  serviceParked: 'service parked',
  serviceStopped: 'service stopped',
  serviceWoken: 'service woken',
  stepReached: 'step reached',
  sweep: 'sweep',
  trafficShifted: 'traffic shifted',
} as const;
