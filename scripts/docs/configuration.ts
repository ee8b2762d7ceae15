/** The fields of docs/configuration.md. */
import { stringify } from 'yaml';
import { ConfigSchema } from '../../functions/config/schema.ts';
import { code, fieldsOf, kindOf, type Field } from './fields.ts';

export function configurationFields(): string {
  return fieldsOf(ConfigSchema)
    .map((field) => sectionOf(field))
    .join('\n');
}

function sectionOf({ path, name, schema, isRequired, isBlock }: Field): string {
  const level = isBlock ? '##' : '###';
  const facts = [
    ...(isBlock && schema.items === undefined ? [] : [`- Value: ${kindOf(schema)}`]),
    isRequired ? '- Required' : `- Default: ${schema.absent ?? code(schema.default)}`,
    ...(schema.examples ?? []).map((value) => `- Example: \`${inYaml(name, value)}\``),
  ];
  return `${level} \`${path}\`\n\n${schema.description}\n\n${facts.join('\n')}\n`;
}

/** On one line, as it stands in the file. */
function inYaml(name: string, value: unknown): string {
  return `${name}: ${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`;
}
