import { z } from 'zod';
import { OperatorError } from '../../src/core/operator-error.ts';
import { redact } from '../../src/core/redact.ts';

/** The configuration file says something that cannot be. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
}

type Path = readonly PropertyKey[];

/** As people write it: `instances[0].schedule.at`. */
function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/**
 * One issue as a fact with the value that was received, and a HINT from the field's own documentation.
 * @param input the whole file, as parsed JSON
 * @param schema of the whole file
 */
export function configError(
  file: string,
  issue: z.core.$ZodIssue,
  input: unknown,
  schema: z.ZodType,
): ConfigError {
  if (issue.code === 'unrecognized_keys') return unknownKeyError(file, issue, schema);
  const path = pathText(issue.path);
  const received = valueAt(input, issue.path);
  const place = path === '' ? 'the whole file' : path;
  const value = received === undefined ? 'is missing' : `is ${shorten(redact(JSON.stringify(received)))}`;
  const expectation = received === undefined && issue.code !== 'custom' ? '' : `: ${plain(issue.message)}`;
  return new ConfigError(`${file}: ${place} ${value}${expectation}`, { hint: hintFor(schema, issue.path) });
}

function unknownKeyError(
  file: string,
  issue: z.core.$ZodIssueUnrecognizedKeys,
  schema: z.ZodType,
): ConfigError {
  const [key = ''] = issue.keys;
  const place = pathText([...issue.path, key]);
  const known = Object.keys(jsonSchemaAt(schema, issue.path)?.properties ?? {});
  const meant = known.find((name) => isNear(name, key));
  const advice = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
  return new ConfigError(`${file}: ${place} is not known`, { hint: `${advice}; see docs/configuration.md` });
}

function hintFor(schema: z.ZodType, path: Path): string {
  const documented = jsonSchemaAt(schema, path);
  const [example] = (documented?.examples ?? []) as unknown[];
  const shown = example === undefined ? '' : ` For example ${JSON.stringify(example)}.`;
  return `${documented?.description ?? 'Compare it with the example file.'}${shown} See docs/configuration.md`;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The documentation of a field, as the reference has it. */
function jsonSchemaAt(schema: z.ZodType, path: Path): JsonSchema | undefined {
  let current: JsonSchema | undefined = z.toJSONSchema(schema, { io: 'input' });
  let documented = current;
  for (const part of path) {
    const inside: unknown = typeof part === 'number' ? current?.items : current?.properties?.[String(part)];
    // A part that the schema does not name (inside of a union, or of options): what surrounds it documents it.
    if (typeof inside !== 'object' || inside === null) return documented;
    current = inside as JsonSchema;
    if (current.description !== undefined || current.properties !== undefined) documented = current;
  }
  return documented;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    input,
  );
}

/** zod's own words without their preamble. */
function plain(message: string): string {
  return message
    .replace(/^(Invalid \w+( value)?[:.]|Too (big|small):) (?=[Ee]xpected)/, '')
    .replace(/^E/, 'e');
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** The same letters but for their case and hyphens, or one begins with the other. */
function isNear(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => text.toLowerCase().replace(/[^a-z0-9]/g, ''));
  if (x === undefined || y === undefined) return false;
  return x === y || (y.length > 3 && (x.startsWith(y) || y.startsWith(x)));
}
