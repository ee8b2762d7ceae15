/**
 * What the accounts really may do, at whatever level it was granted or denied: asked as the accounts themselves, where the caller
 * may make a token for them.
 */
import { Type } from 'typebox';
import {
  BATCH_PERMISSIONS,
  ENGINE_PERMISSIONS,
  LEDGER_PERMISSIONS,
  PIPELINE_PERMISSIONS,
  type Blueprint,
  type DeployedFunction,
} from './blueprint.ts';
import { missing, ok, terraform, unknown, type Finding } from './finding.ts';
import { fetchResource, type Call, type Send } from './google.ts';

const Token = Type.Object({ accessToken: Type.String() });
const Held = Type.Object({ permissions: Type.Optional(Type.Array(Type.String())) });

interface Question {
  readonly resource: string;
  readonly permissions: readonly string[];
  readonly call: Call;
}

export async function checkPermissions(send: Send, plan: Blueprint): Promise<Finding[]> {
  const { onArtifact, onRequest, onTick } = plan.functions;
  const common = commonQuestions(plan);
  const found = await Promise.all([
    ask(send, onArtifact, common),
    ask(send, onRequest, [...common, ofProject(plan, PIPELINE_PERMISSIONS)]),
    ask(send, onTick, [...common, ...engineQuestions(plan), mayPublish(plan, 'events')]),
  ]);
  return found.flat();
}

function engineQuestions(plan: Blueprint): Question[] {
  const { outputs } = plan.batch;
  const hasBatch = [...plan.config.services.values()].some(({ batch }) => batch !== null);
  const permissions = hasBatch ? [...ENGINE_PERMISSIONS, ...BATCH_PERMISSIONS] : ENGINE_PERMISSIONS;
  return [ofProject(plan, permissions), ...outputs.map((bucket) => ofBucket(bucket, LEDGER_PERMISSIONS))];
}

function commonQuestions(plan: Blueprint): Question[] {
  const read = new Set([...plan.artifactBuckets, ...plan.batch.inputs]);
  return [
    ofBucket(plan.config.stateBucket, LEDGER_PERMISSIONS),
    ...[...read].map((bucket) => ofBucket(bucket, ['storage.objects.get', 'storage.objects.list'])),
    mayPublish(plan, 'ticks'),
  ];
}

async function ask(
  send: Send,
  { key, account }: DeployedFunction,
  questions: readonly Question[],
): Promise<Finding[]> {
  // https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
  const token = await fetchResource(send, Token, {
    url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    method: 'POST',
    body: { scope: ['https://www.googleapis.com/auth/cloud-platform'], lifetime: '300s' },
  });
  if (token.is === 'absent') {
    return [
      missing('account', account, 'is not there', terraform(`google_service_account.function["${key}"]`)),
    ];
  }
  if (token.is === 'hidden') {
    const fix = `gcloud iam service-accounts add-iam-policy-binding ${account} --role=roles/iam.serviceAccountTokenCreator --member="user:$(gcloud config get account)"`;
    return [unknown('permissions', account, `not asked: ${token.why}`, fix)];
  }
  const { accessToken } = token.value;
  return Promise.all(questions.map((question) => askOne(send, account, accessToken, question)));
}

async function askOne(
  send: Send,
  account: string,
  token: string,
  { resource, permissions, call }: Question,
): Promise<Finding> {
  const subject = `${account} on ${resource}`;
  const found = await fetchResource(send, Held, { ...call, token });
  if (found.is === 'hidden') return unknown('permissions', subject, found.why);
  const held = found.is === 'there' ? (found.value.permissions ?? []) : [];
  const lacking = permissions.filter((permission) => !held.includes(permission));
  if (lacking.length === 0) return ok('permissions', subject, `${permissions.length} held`);
  const fix = 'terraform -chdir=terraform plan   # if it changes nothing, a deny policy stands in the way';
  return missing('permissions', subject, `may not ${lacking.join(', ')}`, fix);
}

function ofProject({ config }: Blueprint, permissions: readonly string[]): Question {
  return {
    resource: `project ${config.project}`,
    permissions,
    call: {
      url: `https://cloudresourcemanager.googleapis.com/v3/projects/${config.project}:testIamPermissions`,
      method: 'POST',
      body: { permissions },
    },
  };
}

function ofBucket(bucket: string, permissions: readonly string[]): Question {
  const query = permissions.map((permission) => `permissions=${permission}`).join('&');
  return {
    resource: `bucket ${bucket}`,
    permissions,
    call: { url: `https://storage.googleapis.com/storage/v1/b/${bucket}/iam/testPermissions?${query}` },
  };
}

function mayPublish({ config }: Blueprint, topic: 'ticks' | 'events'): Question {
  const permissions = ['pubsub.topics.publish'];
  return {
    resource: `topic ${config.topics[topic]}`,
    permissions,
    call: {
      url: `https://pubsub.googleapis.com/v1/projects/${config.project}/topics/${config.topics[topic]}:testIamPermissions`,
      method: 'POST',
      body: { permissions },
    },
  };
}
