/** Vertex AI's emulator through Google's own Node client, over both of its transports. */
import { protos } from '@google-cloud/aiplatform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Emulator } from '../../emulator/server.ts';
import { connect, dedicatedResources, disconnect, modelOf, parent, startWorld } from './vertex-world.ts';
import type { Clients, Transport } from './vertex-world.ts';

const { longrunning } = protos.google;
const transports: Transport[] = ['grpc', 'rest'];

describe.each(transports)('aiplatform over %s', (transport) => {
  let emulator: Emulator;
  let clients: Clients;

  beforeAll(async () => {
    emulator = await startWorld();
    emulator.store.createBucket('artifacts');
    emulator.store.putObject('artifacts', 'm/1/model.onnx', Buffer.from('weights'));
    clients = connect(emulator, transport);
  });

  afterAll(async () => {
    await disconnect(clients);
    await emulator.close();
  });

  async function upload(
    modelId: string,
    env: Record<string, string> = {},
    labels: Record<string, string> = {},
  ) {
    const [operation] = await clients.models.uploadModel({
      parent,
      modelId,
      model: { ...modelOf(modelId, env), labels },
    });
    const [{ model, modelVersionId }] = await operation.promise();
    return { model: model ?? '', modelVersionId };
  }

  async function createEndpoint(endpointId: string) {
    const [operation] = await clients.endpoints.createEndpoint({
      parent,
      endpointId,
      endpoint: { displayName: endpointId },
    });
    const [endpoint] = await operation.promise();
    return endpoint.name ?? '';
  }

  async function deploy(
    endpoint: string,
    model: string,
    id: string,
    trafficSplit: Record<string, number> = {},
  ) {
    const deployedModel = { id, model, displayName: id, dedicatedResources };
    const [operation] = await clients.endpoints.deployModel({ endpoint, deployedModel, trafficSplit });
    const [response] = await operation.promise();
    return response;
  }

  test('a release: deploy without traffic, shift by etag, predict, undeploy what was live', async () => {
    const { model } = await upload('release', { ANSWER: 'v1' });
    const next = await clients.models.uploadModel({
      parent,
      parentModel: model,
      model: modelOf('release', { ANSWER: 'v2' }),
    });
    await next[0].promise();
    const endpoint = await createEndpoint('release');
    const { deployedModel } = await deploy(endpoint, `${model}@1`, '11', { 0: 100 });
    expect(deployedModel).toMatchObject({ id: '11', model, modelVersionId: '1' });
    await deploy(endpoint, `${model}@2`, '22');

    const [before] = await clients.endpoints.getEndpoint({ name: endpoint });
    expect(before.trafficSplit).toEqual({ 11: 100 });
    expect(before.deployedModels?.map(({ id }) => id)).toEqual(['11', '22']);
    const [predicted] = await clients.predictions.predict({
      endpoint,
      // The client mangles arrays inside of values when it speaks REST.
      instances: [{ structValue: { fields: { x: { numberValue: 1.5 } } } }],
      parameters: { structValue: { fields: { top: { numberValue: 1 } } } },
    });
    expect(predicted).toMatchObject({
      deployedModelId: '11',
      model,
      modelVersionId: '1',
      modelDisplayName: 'release',
    });
    expect(predicted.predictions?.[0]?.structValue?.fields).toMatchObject({
      answer: { stringValue: 'v1' },
      instance: { structValue: { fields: { x: { numberValue: 1.5 } } } },
      parameters: { structValue: { fields: { top: { numberValue: 1 } } } },
    });

    await expect(clients.endpoints.undeployModel({ endpoint, deployedModelId: '11' })).rejects.toMatchObject({
      code: 9,
    });
    const [shifted] = await clients.endpoints.updateEndpoint({
      endpoint: {
        name: endpoint,
        etag: before.etag ?? '',
        trafficSplit: { 11: 0, 22: 100 },
        labels: { epoch: '2' },
      },
      updateMask: { paths: ['traffic_split', 'labels'] },
    });
    expect(shifted).toMatchObject({ trafficSplit: { 11: 0, 22: 100 }, labels: { epoch: '2' } });
    const stale = { name: endpoint, etag: before.etag ?? '', trafficSplit: { 11: 100 } };
    const late = clients.endpoints.updateEndpoint({
      endpoint: stale,
      updateMask: { paths: ['traffic_split'] },
    });
    await expect(late).rejects.toMatchObject({ code: 10 });

    const [undeployment] = await clients.endpoints.undeployModel({ endpoint, deployedModelId: '11' });
    await undeployment.promise();
    const [after] = await clients.endpoints.getEndpoint({ name: endpoint });
    expect(after).toMatchObject({ trafficSplit: { 22: 100 }, labels: { epoch: '2' } });
    expect(after.deployedModels?.map(({ id }) => id)).toEqual(['22']);
    await expect(clients.endpoints.deleteEndpoint({ name: endpoint })).rejects.toMatchObject({ code: 9 });
    const [last] = await clients.endpoints.undeployModel({ endpoint, deployedModelId: '22' });
    await last.promise();
    const empty = clients.predictions.predict({ endpoint, instances: [] });
    await expect(empty).rejects.toThrow(`Endpoint ${endpoint} doesn't have traffic_split.`);
    const [deletion] = await clients.endpoints.deleteEndpoint({ name: endpoint });
    await deletion.promise();
    await expect(clients.endpoints.getEndpoint({ name: endpoint })).rejects.toMatchObject({ code: 5 });
  });

  test('an operation is found again by its name', async () => {
    const [upload] = await clients.models.uploadModel({
      parent,
      modelId: 'resumed',
      model: modelOf('resumed'),
    });
    expect(upload.name).toMatch(/^projects\/\d+\/locations\/us-central1\/models\/resumed\/operations\/\d+$/);
    await upload.promise();
    const resumed = await clients.models.checkUploadModelProgress(upload.name ?? '');
    expect(resumed.done).toBe(true);
    expect(resumed.result).toMatchObject({ modelVersionId: '1' });

    const endpoint = await createEndpoint('resumed');
    const deployedModel = { id: '5', model: `${parent}/models/resumed`, dedicatedResources };
    const [deployment] = await clients.endpoints.deployModel({ endpoint, deployedModel });
    await deployment.promise();
    const { done, result, metadata } = await clients.endpoints.checkDeployModelProgress(
      deployment.name ?? '',
    );
    expect(done).toBe(true);
    expect(result).toMatchObject({ deployedModel: { id: '5' } });
    expect(metadata).toMatchObject({ deploymentStage: 11 });
    const unknown = clients.endpoints.checkDeployModelProgress(`${endpoint}/operations/1`);
    await expect(unknown).rejects.toMatchObject({ code: 5 });
  });

  test('operations are listed below their endpoint, waited for, cancelled and forgotten', async () => {
    const { model } = await upload('listed');
    const endpoint = await createEndpoint('listed');
    const names = async (filter = '') => {
      const found = clients.endpoints.listOperationsAsync(
        longrunning.ListOperationsRequest.fromObject({ name: endpoint, filter }),
      );
      return (await Array.fromAsync(found)).map(({ name }) => name);
    };
    const [creation] = await names();
    expect(creation).toContain(`${endpoint}/operations/`);
    const deployedModel = { id: '4', model, dedicatedResources };
    const [deployment] = await clients.endpoints.deployModel({ endpoint, deployedModel });
    const name = deployment.name ?? '';
    expect(await names()).toEqual([creation, name]);
    await clients.endpoints.cancelOperation(longrunning.CancelOperationRequest.fromObject({ name }));
    const [cancelled] = await clients.endpoints.getOperation(
      longrunning.GetOperationRequest.fromObject({ name }),
    );
    expect(cancelled).toMatchObject({ done: true, error: { code: 1 } });
    expect(await names('done=true')).toEqual([creation, name]);
    await clients.endpoints.deleteOperation(longrunning.DeleteOperationRequest.fromObject({ name }));
    expect(await names()).toEqual([creation]);
  });

  test('a deployment that fails says so in its operation', async () => {
    const { model } = await upload('fails', { BEHAVIOUR: 'exit' });
    const endpoint = await createEndpoint('fails');
    const deployedModel = { id: '9', model, dedicatedResources };
    const [operation] = await clients.endpoints.deployModel({ endpoint, deployedModel });
    await expect(operation.promise()).rejects.toMatchObject({
      code: 9,
      message: expect.stringContaining(
        'Model server exited unexpectedly. Model server logs can be found at https://',
      ),
    });
    expect(emulator.vertex.logsOf('9').map(({ text }) => text)).toContain('cannot read the model');
    const [after] = await clients.endpoints.getEndpoint({ name: endpoint });
    expect(after.deployedModels).toEqual([]);
  });

  test('a deployed model can be scaled, and an endpoint renamed', async () => {
    const { model } = await upload('scales');
    const endpoint = await createEndpoint('scales');
    await deploy(endpoint, model, '7');
    const [operation] = await clients.endpoints.mutateDeployedModel({
      endpoint,
      deployedModel: { id: '7', dedicatedResources: { minReplicaCount: 2, maxReplicaCount: 3 } },
      updateMask: {
        paths: ['dedicated_resources.min_replica_count', 'dedicated_resources.max_replica_count'],
      },
    });
    const [response] = await operation.promise();
    expect(response.deployedModel?.dedicatedResources).toMatchObject({
      minReplicaCount: 2,
      maxReplicaCount: 3,
      machineSpec: { machineType: 'n1-standard-2' },
    });
    const [renamed] = await clients.endpoints.updateEndpoint({
      endpoint: { name: endpoint, displayName: 'scaled' },
      updateMask: { paths: ['display_name'] },
    });
    expect(renamed.displayName).toBe('scaled');
    const [listed] = await clients.endpoints.listEndpoints({ parent, filter: 'displayName="scaled"' });
    expect(listed.map(({ name }) => name)).toEqual([endpoint]);
    const [byId] = await clients.endpoints.listEndpoints({ parent, filter: 'endpoint=scales' });
    expect(byId).toHaveLength(1);
  });

  test("a container's refusal reaches the caller in its own words", async () => {
    const { model } = await upload('refuses');
    const endpoint = await createEndpoint('refuses');
    await deploy(endpoint, model, '8', { 0: 100 });
    const refused = clients.predictions.predict({ endpoint, instances: [{ stringValue: 'bad' }] });
    await expect(refused).rejects.toMatchObject({
      code: 3,
      message: expect.stringContaining('instances[0]: expected a number'),
    });
  });

  test('a pipeline job is there as it was made, and its list leaves the details out', async () => {
    const artifacts = [{ uri: 'gs://artifacts/m/1', schemaTitle: 'system.Model' }];
    const jobDetail = { taskDetails: [{ taskName: 'train', outputs: { model: { artifacts } } }] };
    const { name } = emulator.vertex.pipelines.create(parent, `job-${transport}`, {
      displayName: 'train',
      jobDetail,
    });
    const [job] = await clients.pipelines.getPipelineJob({ name });
    expect(job.state).toBe('PIPELINE_STATE_SUCCEEDED');
    expect(job.jobDetail?.taskDetails?.[0]?.outputs?.model?.artifacts?.[0]).toMatchObject({
      uri: 'gs://artifacts/m/1',
    });
    const [jobs] = await clients.pipelines.listPipelineJobs({ parent, filter: 'display_name="train"' });
    expect(jobs.map(({ name, jobDetail }) => [name, jobDetail])).toEqual([[name, null]]);
  });
});

// Over gRPC alone: over REST the client wraps the body in JSON and drops that of the answer.
test('raw predictions pass any bytes', async () => {
  const emulator = await startWorld();
  const clients = connect(emulator, 'grpc');
  const { artifactUri: _, ...model } = modelOf('raw');
  const [upload] = await clients.models.uploadModel({ parent, modelId: 'raw', model });
  await upload.promise();
  const [creation] = await clients.endpoints.createEndpoint({ parent, endpoint: { displayName: 'raw' } });
  const [{ name }] = await creation.promise();
  const endpoint = name ?? '';
  const deployedModel = { model: `${parent}/models/raw`, dedicatedResources };
  const [deployment] = await clients.endpoints.deployModel({
    endpoint,
    deployedModel,
    trafficSplit: { 0: 100 },
  });
  await deployment.promise();
  const httpBody = { contentType: 'text/plain', data: Buffer.from('héllo') };
  const [answer] = await clients.predictions.rawPredict({ endpoint, httpBody });
  expect(answer.contentType).toBe('text/plain');
  expect(Buffer.from(answer.data ?? '').toString()).toBe('HÉLLO');
  await disconnect(clients);
  await emulator.close();
});
