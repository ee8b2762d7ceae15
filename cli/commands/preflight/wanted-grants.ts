/** Who has to hold which role on what: Google's own service agents, and the accounts that Slipway runs as. */
import type { Blueprint } from './blueprint.ts';
import { terraform } from './finding.ts';
import type { Call } from './google.ts';

export interface Grant {
  readonly role: string;
  readonly member: string;
  readonly fix: string;
}

export interface Guarded {
  readonly resource: string;
  readonly policy: Call;
  readonly grants: readonly Grant[];
}

/** Every policy that has to say something, and what. */
export function guarded(plan: Blueprint): Guarded[] {
  const { config, functions, artifactBuckets, agents, installation } = plan;
  const rolePrefix = installation.namePrefix.replaceAll('-', '_');
  const own = (role: string) =>
    `projects/${config.project}/roles/${rolePrefix}${role}${installation.roleIdSuffix}`;
  const { onRequest, onTick } = functions;
  const all = Object.values(functions);
  const each = (role: string, address: (key: string) => string): Grant[] =>
    all.map(({ key, account }) => ({ role, member: as(account), fix: terraform(address(key)) }));
  const one = (role: string, member: string, address: string): Grant => ({
    role,
    member,
    fix: terraform(address),
  });

  const publisher = 'roles/pubsub.publisher';
  return [
    {
      resource: `project ${config.project}`,
      policy: projectPolicy(config.project),
      grants: [
        agentGrant(
          config.project,
          'roles/aiplatform.serviceAgent',
          agents.vertex,
          'aiplatform.googleapis.com',
        ),
        agentGrant(config.project, 'roles/pubsub.serviceAgent', agents.pubsub, 'pubsub.googleapis.com'),
        one(own('Engine'), as(onTick.account), 'google_project_iam_member.engine'),
        one(own('Pipelines'), as(onRequest.account), 'google_project_iam_member.pipelines'),
      ],
    },
    {
      resource: `bucket ${config.stateBucket}`,
      policy: bucketPolicy(config.stateBucket),
      grants: each(own('Ledger'), (key) => `google_storage_bucket_iam_member.ledger["${key}"]`),
    },
    ...artifactBuckets.map((bucket) => ({
      resource: `bucket ${bucket}`,
      policy: bucketPolicy(bucket),
      grants: each(
        'roles/storage.objectViewer',
        (key) => `google_storage_bucket_iam_member.artifacts["${bucket}/${key}"]`,
      ),
    })),
    ...plan.batch.inputs
      .filter((bucket) => !artifactBuckets.includes(bucket))
      .map((bucket) => ({
        resource: `bucket ${bucket}`,
        policy: bucketPolicy(bucket),
        grants: each(
          'roles/storage.objectViewer',
          (key) => `google_storage_bucket_iam_member.batch_inputs["${bucket}/${key}"]`,
        ),
      })),
    ...plan.batch.outputs.map((bucket) => ({
      resource: `bucket ${bucket}`,
      policy: bucketPolicy(bucket),
      grants: [
        one(own('Batch'), as(onTick.account), `google_storage_bucket_iam_member.batch_outputs["${bucket}"]`),
        one(own('Batch'), agents.vertex, `google_storage_bucket_iam_member.batch_agent["${bucket}"]`),
      ],
    })),
    {
      resource: `topic ${config.topics.artifacts}`,
      policy: topicPolicy(config.project, config.topics.artifacts),
      grants: [one(publisher, agents.storage, 'google_pubsub_topic_iam_member.storage_agent')],
    },
    {
      resource: `topic ${config.topics.ticks}`,
      policy: topicPolicy(config.project, config.topics.ticks),
      grants: each(publisher, (key) => `google_pubsub_topic_iam_member.ticks["${key}"]`),
    },
    {
      resource: `topic ${config.topics.events}`,
      policy: topicPolicy(config.project, config.topics.events),
      grants: [one(publisher, as(onTick.account), 'google_pubsub_topic_iam_member.events')],
    },
    {
      resource: `topic ${plan.deadLetters}`,
      policy: topicPolicy(config.project, plan.deadLetters),
      grants: [one(publisher, agents.pubsub, 'google_pubsub_topic_iam_member.dead_letters')],
    },
    ...all.flatMap(({ key, name, pushAccount }) => [
      {
        resource: `subscription ${name}`,
        policy: {
          url: `https://pubsub.googleapis.com/v1/projects/${config.project}/subscriptions/${name}:getIamPolicy`,
        },
        grants: [
          one(
            'roles/pubsub.subscriber',
            agents.pubsub,
            `google_pubsub_subscription_iam_member.dead_letters["${key}"]`,
          ),
        ],
      },
      {
        resource: `function ${name}`,
        policy: runPolicy(config, name),
        grants: [
          one('roles/run.invoker', as(pushAccount), `google_cloud_run_v2_service_iam_member.push["${key}"]`),
        ],
      },
      {
        resource: `account ${pushAccount}`,
        policy: accountPolicy(config.project, pushAccount),
        grants: [
          one(
            'roles/iam.serviceAccountTokenCreator',
            agents.pubsub,
            `google_service_account_iam_member.push_tokens["${key}"]`,
          ),
        ],
      },
    ]),
    ...servingAccounts(plan).map((account) => ofServingAccount(plan, account)),
    ...plan.foreignRepositories.map((repository) => ofForeignRepository(plan, repository)),
    ...ofKey(plan),
  ];
}

/**
 * https://cloud.google.com/vertex-ai/docs/general/custom-service-account: the engine names the account, Vertex AI's agent
 * runs the container as it. IAM finds an account by its address, whatever its project.
 */
function ofServingAccount({ functions, agents, installation }: Blueprint, account: string): Guarded {
  const grant = (role: string, member: string, address: string): Grant => ({
    role,
    member,
    fix: terraform(`google_service_account_iam_member.${address}["${account}"]`),
  });
  return {
    resource: `account ${account}`,
    policy: accountPolicy('-', account),
    grants: [
      grant('roles/iam.serviceAccountUser', as(functions.onTick.account), 'serving'),
      grant(installation.servingAgentRole, agents.vertex, 'serving_agent'),
    ],
  };
}

/** Vertex AI's agent copies artifacts from the buckets of its own project; in another project it has to be granted. */
export function ofForeignBucket({ agents }: Blueprint, bucket: string): Guarded {
  const role = 'roles/storage.objectViewer';
  const fix = terraform(`google_storage_bucket_iam_member.vertex_agent["${bucket}"]`);
  return {
    resource: `bucket ${bucket} of another project`,
    policy: bucketPolicy(bucket),
    grants: [{ role, member: agents.vertex, fix }],
  };
}

/** Vertex AI's agent pulls images of its own project only, unless it is granted more. */
function ofForeignRepository({ agents }: Blueprint, repository: string): Guarded {
  const role = 'roles/artifactregistry.reader';
  const [, project, , location, , name = ''] = repository.split('/');
  const fix = `gcloud artifacts repositories add-iam-policy-binding ${name} --project=${project} --location=${location} --role=${role} --member=${agents.vertex}`;
  return {
    resource: `repository ${repository}`,
    policy: { url: `https://artifactregistry.googleapis.com/v1/${repository}:getIamPolicy` },
    grants: [{ role, member: agents.vertex, fix }],
  };
}

/** Every agent that encrypts something for us uses the key itself. */
function ofKey({ agents, installation: { kmsKey } }: Blueprint): Guarded[] {
  if (kmsKey === null) return [];
  const role = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
  const grants = Object.values(agents).map((member) => ({
    role,
    member,
    fix: `gcloud kms keys add-iam-policy-binding ${kmsKey} --role=${role} --member=${member}`,
  }));
  const policy = { url: `https://cloudkms.googleapis.com/v1/${kmsKey}:getIamPolicy` };
  return [{ resource: `key ${kmsKey}`, policy, grants }];
}

function as(account: string): string {
  return `serviceAccount:${account}`;
}

/** Google makes these accounts, and grants them their role, when a service is first used. */
function agentGrant(project: string, role: string, member: string, service: string): Grant {
  const fix =
    `gcloud beta services identity create --service=${service} --project=${project} && ` +
    `gcloud projects add-iam-policy-binding ${project} --member=${member} --role=${role} --condition=None`;
  return { role, member, fix };
}

function servingAccounts({ config }: Blueprint): string[] {
  const accounts = [...config.services.values()].flatMap(({ serving, batch }) => [
    serving.serviceAccount,
    batch?.serviceAccount ?? null,
  ]);
  return [...new Set(accounts.filter((account) => account !== null))];
}

export function projectPolicy(project: string): Call {
  return {
    url: `https://cloudresourcemanager.googleapis.com/v3/projects/${project}:getIamPolicy`,
    method: 'POST',
    body: { options: { requestedPolicyVersion: 3 } },
  };
}

/** Of a service of Cloud Run. */
export function runPolicy({ project, region }: Blueprint['config'], name: string): Call {
  return {
    url: `https://run.googleapis.com/v2/projects/${project}/locations/${region}/services/${name}:getIamPolicy`,
  };
}

export function bucketPolicy(bucket: string): Call {
  return {
    url: `https://storage.googleapis.com/storage/v1/b/${bucket}/iam?optionsRequestedPolicyVersion=3`,
  };
}

function topicPolicy(project: string, topic: string): Call {
  return { url: `https://pubsub.googleapis.com/v1/projects/${project}/topics/${topic}:getIamPolicy` };
}

function accountPolicy(project: string, account: string): Call {
  return {
    url: `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts/${account}:getIamPolicy`,
    method: 'POST',
  };
}
