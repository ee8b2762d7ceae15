/**
 * `npm run preflight -- --project P [--config slipway.yaml] [--json]`, and where Terraform's variables of these names are
 * set, [--name-prefix …] [--role-id-suffix …] [--serving-agent-role …] [--kms-key …]: looks, with your own credentials
 * (`gcloud auth application-default login`), at everything a project needs for Slipway, and prints for each missing
 * thing the command or the Terraform resource that mends it. Changes nothing. Exits with 1 if something is missing,
 * with 2 if it cannot look at all.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../../functions/config.ts';
import { realGoogle } from './google.ts';
import { USUAL } from './installation.ts';
import { preflight } from './preflight.ts';
import { report } from './report.ts';

try {
  const { values } = parseArgs({
    options: {
      project: { type: 'string' },
      config: { type: 'string', default: 'slipway.yaml' },
      json: { type: 'boolean', default: false },
      'name-prefix': { type: 'string', default: USUAL.namePrefix },
      'role-id-suffix': { type: 'string', default: USUAL.roleIdSuffix },
      'serving-agent-role': { type: 'string', default: USUAL.servingAgentRole },
      'kms-key': { type: 'string' },
    },
  });
  const config = loadConfig({ SLIPWAY_CONFIG: values.config });
  if (values.project !== undefined && values.project !== config.project) {
    throw new Error(`--project: expected ${config.project}, as ${values.config} says, got ${values.project}`);
  }
  const findings = await preflight(config, await realGoogle(config.project), {
    namePrefix: values['name-prefix'],
    roleIdSuffix: values['role-id-suffix'],
    servingAgentRole: values['serving-agent-role'],
    kmsKey: values['kms-key'] ?? null,
  });
  console.log(values.json ? JSON.stringify({ findings }) : report(findings));
  process.exitCode = findings.some(({ state }) => state === 'missing') ? 1 : 0;
} catch (error) {
  console.error(`preflight: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
