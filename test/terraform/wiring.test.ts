/**
 * common/wiring.ts and terraform/ say the same, read from the files as they are written. terraform.test.ts compares
 * what the real terraform makes of them, where there is one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TERRAFORM } from '../../scripts/terraform/modules.ts';
import { accountOf, DEFAULT_TOPICS, ENTRY_POINTS, FUNCTIONS } from '../../common/wiring.ts';
import { blockOf, type Block } from './hcl.ts';
import { described, installationOf, planned, type Values } from './wiring.ts';

const file = (name: string) => readFileSync(join(TERRAFORM, 'modules/slipway', name), 'utf8');
const yaml = readFileSync(fileURLToPath(new URL('../../slipway.yaml', import.meta.url)), 'utf8');
const installation = installationOf(yaml, DEFAULT_TOPICS);
const { project, artifacts } = installation;

/** What expressions come to. One that is not known here fails the test: it may say anything. */
function evaluated(expression: string, known: ReadonlyMap<string, string>): unknown {
  if (/^\d+$/.test(expression)) return Number(expression);
  if (/^\[.*\]$/.test(expression)) return JSON.parse(expression);
  const text = /^"(.*)"$/.exec(expression)?.[1]?.replaceAll('${var.name_prefix}', 'slipway');
  const value = text ?? known.get(expression);
  if (value === undefined) throw new Error(`what is ${expression}?`);
  return value;
}

function valuesOf(block: Block, known: ReadonlyMap<string, string>): Values {
  const ignored = /^(for_each|labels|depends_on|kms_key_name|lifecycle|dynamic)$/;
  return Object.fromEntries(
    Object.entries(block)
      .filter(([name]) => !ignored.test(name))
      .map(([name, value]) => [
        name,
        typeof value === 'string' ? evaluated(value, known) : value.map((inner) => valuesOf(inner, known)),
      ]),
  );
}

const ALWAYS: readonly [string, string][] = [
  ['local.project', project],
  ['google_pubsub_topic.dead_letters.id', `projects/${project}/topics/slipway-dead-letters`],
  ['google_pubsub_topic.this["artifacts"].id', `projects/${project}/topics/slipway-artifacts`],
];
const urlOf = (key: string) => `https://slipway-${key}-a1b2c3d4e5-uc.a.run.app`;

function written(type: string): Values[] {
  const [topics, subscriptions] = [file('topics.tf'), file('subscriptions.tf')];
  const one = (text: string, header: string, known: readonly [string, string][] = []) =>
    valuesOf(blockOf(text, header), new Map([...ALWAYS, ...known]));
  if (type === 'google_pubsub_topic') {
    return [
      one(topics, 'resource "google_pubsub_topic" "dead_letters" {'),
      ...Object.values(DEFAULT_TOPICS).map((name) =>
        one(topics, 'resource "google_pubsub_topic" "this" {', [['each.value', name]]),
      ),
    ];
  }
  if (type === 'google_storage_notification') {
    return artifacts.map(({ bucket, prefix }) =>
      one(topics, 'resource "google_storage_notification" "artifacts" {', [
        ['each.value.bucket', bucket],
        ['each.value.prefix', prefix],
      ]),
    );
  }
  return [
    one(topics, 'resource "google_pubsub_subscription" "dead_letters" {'),
    ...functionsOfTerraform().map(({ key, topic }) =>
      one(subscriptions, 'resource "google_pubsub_subscription" "push" {', [
        ['google_cloudfunctions2_function.this[each.key].name', `slipway-${key}`],
        ['google_pubsub_topic.this[each.value.topic].id', `projects/${project}/topics/slipway-${topic}`],
        ['google_cloudfunctions2_function.this[each.key].service_config[0].uri', urlOf(key)],
        ['google_service_account.push[each.key].email', accountOf(project, `slipway-push-${key}`)],
      ]),
    ),
  ];
}

function functionsOfTerraform() {
  const rows = file('functions.tf').matchAll(/^ {4}(on-\w+)\s*= \{ entry_point = "(\w+)", topic = "(\w+)"/gm);
  return [...rows].map(([, key = '', entryPoint = '', topic = '']) => ({ key, entryPoint, topic }));
}

describe('the wiring', () => {
  it('is that of Terraform: topics, subscriptions with their retries and dead letters, notifications', () => {
    expect(planned(written)).toEqual(
      described(installation, (entryPoint) => urlOf(FUNCTIONS[entryPoint].key)),
    );
  });

  it('has the functions of Terraform', () => {
    expect(functionsOfTerraform()).toEqual(
      ENTRY_POINTS.map((entryPoint) => ({ ...FUNCTIONS[entryPoint], entryPoint })),
    );
  });

  it('has the names of Terraform', () => {
    const defaults = /topics = merge\(\n\s+\{\n([^}]+)\}/.exec(file('main.tf'))?.[1] ?? '';
    const names = [...defaults.matchAll(/(\w+)\s*= "([^"]+)"/g)].map(([, use, name]) => [use, name]);
    expect(Object.fromEntries(names)).toEqual(DEFAULT_TOPICS);
    const account = blockOf(file('service-accounts.tf'), 'resource "google_service_account" "push" {');
    expect(account['account_id']).toBe('"${var.name_prefix}-push-${each.key}"');
    const named = blockOf(file('functions.tf'), 'resource "google_cloudfunctions2_function" "this" {');
    expect(named['name']).toBe('"${var.name_prefix}-${each.key}"');
  });
});
