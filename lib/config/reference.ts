import { z } from 'zod';
import { STRATEGIES } from '../../src/baselines/strategies.ts';
import { configSchema } from './config.ts';
import { EXAMPLE_CONFIG } from './load-config.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

interface Section {
  /** The path as people write it: `instances[].kafka`; empty for the top. */
  readonly path: string;
  readonly schema: JsonSchema;
}

const INTRODUCTION = `# Configuration

One JSON file describes one stage. \`cdk synth\` and \`cdk deploy\` take \`-c config=<path>\`, else \`MSR_CONFIG\`, else
\`${EXAMPLE_CONFIG}\`. A wrong value, a contradiction or an unknown key
fails the synthesis with the value that was received and a HINT.

This page is generated from the schema (\`npm run docs:configuration\`); a test fails where it is out of date.
`;

/** docs/configuration.md: a section for each object of the file, a row for each of its keys. */
export function configurationReference(): string {
  const top = { path: '', schema: z.toJSONSchema(configSchema, { io: 'input' }) };
  return [INTRODUCTION, ...sections(top).map(render), ...strategyOptions()].join('\n');
}

/** What the strategies take, by their own schemas. */
function strategyOptions(): string[] {
  return Object.entries(STRATEGIES).flatMap(([name, { options }]) => {
    const { oneOf, ...only } = z.toJSONSchema(options, { io: 'input' });
    return (oneOf ?? [only]).map(asSchema).flatMap((variant) => {
      const { mode } = variant.properties ?? {};
      const which = mode === undefined ? '' : `, mode \`${asSchema(mode).const}\``;
      return sections({ path: 'instances[].strategy.options', schema: variant })
        .filter(({ schema: { properties = {} } }) => Object.keys(properties).length > 0)
        .map((section) => table(`## \`${section.path}\` of \`${name}\`${which}`, section.schema));
    });
  });
}

/** The object itself and those inside of it, in the order of the file. */
function sections(section: Section): Section[] {
  const inner = Object.entries(section.schema.properties ?? {}).flatMap(([key, value]) => {
    const found = objectIn(section.path === '' ? key : `${section.path}.${key}`, asSchema(value));
    return found === undefined ? [] : sections(found);
  });
  return [section, ...inner];
}

/** The object behind a key: its own, that of a list's entries, or the common one of alternatives. */
function objectIn(path: string, schema: JsonSchema): Section | undefined {
  if (schema.properties !== undefined) return { path, schema };
  if (schema.type === 'array' && typeof schema.items === 'object' && !Array.isArray(schema.items)) {
    return objectIn(`${path}[]`, asSchema(schema.items));
  }
  return undefined;
}

function render({ path, schema }: Section): string {
  const heading = path === '' ? '## The file' : `## \`${path}\``;
  return table(heading, path === '' ? { ...schema, description: '' } : schema);
}

function table(heading: string, schema: JsonSchema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const field = asSchema(value);
    const required = schema.required?.includes(key) === true;
    return `| \`${key}\` | ${typeOf(field)} | ${presence(field, required)} | ${meaning(field)} |`;
  });
  const description = schema.description ? `${schema.description}\n\n` : '';
  return `${heading}\n\n${description}| key | value | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.map((each) => alternative(asSchema(each))).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(asSchema(schema.items))}`;
  if (schema.type === 'object') return schema.properties === undefined ? 'object' : 'object, see below';
  return `${schema.type}${range(schema)}`;
}

/** An alternative of a union is told by the constant that chooses it. */
function alternative(schema: JsonSchema): string {
  const { name } = schema.properties ?? {};
  return name === undefined ? typeOf(schema) : `\`{"name": "${asSchema(name).const}", …}\``;
}

function range({ minimum, maximum, exclusiveMinimum, type }: JsonSchema): string {
  if (type !== 'integer' && type !== 'number') return '';
  const low = minimum ?? exclusiveMinimum;
  if (low === undefined || maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER) return '';
  return `, ${exclusiveMinimum === undefined ? low : `more than ${low}`} to ${maximum}`;
}

function presence(schema: JsonSchema, required: boolean): string {
  if (required) return 'required';
  if (schema.default === undefined || typeof schema.default === 'object') return 'optional';
  return `\`${JSON.stringify(schema.default)}\``;
}

function meaning(schema: JsonSchema): string {
  const [example] = (schema.examples ?? []) as unknown[];
  const shown = example === undefined ? '' : ` Example: \`${JSON.stringify(example)}\`.`;
  const alternatives = (schema.oneOf ?? []).map(asSchema).flatMap(({ properties, description }) => {
    const name = properties?.['name'];
    return name === undefined ? [] : [` \`${asSchema(name).const}\`: ${description}`];
  });
  return `${schema.description ?? '–'}${alternatives.join('')}${shown}`.replaceAll('|', '\\|');
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
}
