import { z } from 'zod';
import { OperatorError } from '../../src/core/operator-error.ts';
import { redact } from '../../src/core/redact.ts';

/** The configuration file says something that cannot be. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
}

type Path = readonly PropertyKey[];

/** The path as people write it: `instances[0].schedule.at`. */
function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** Several of them: an operator mends a file once. */
class ConfigErrors extends ConfigError {
  readonly #errors: readonly ConfigError[];

  constructor(file: string, errors: readonly ConfigError[]) {
    super(
      `${file} is wrong in ${errors.length} places:\n${errors.map(({ message }) => message).join('\n')}`,
      {
        hint: 'mend each; see docs/configuration.md',
      },
    );
    this.#errors = errors;
  }

  override format(): string {
    return this.#errors.map((error) => error.format()).join('\n\n');
  }
}

/**
 * Each issue as a fact with the value that was received, and a HINT from the field's own documentation.
 * @param issues at least one; what stands twice is told once
 * @param input the whole file, as parsed JSON
 * @param schema of the whole file
 */
export function configErrors(
  file: string,
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  schema: z.ZodType,
): ConfigError {
  const errors = issues.flatMap((issue) => errorsOf(file, issue, input, schema));
  const unique = [...new Map(errors.map((error) => [error.message, error])).values()];
  const [first] = unique;
  return first !== undefined && unique.length === 1 ? first : new ConfigErrors(file, unique);
}

function errorsOf(file: string, issue: z.core.$ZodIssue, input: unknown, schema: z.ZodType): ConfigError[] {
  if (issue.code !== 'unrecognized_keys') return [configError(file, issue, input, schema)];
  return issue.keys.map((key) => unknownKeyError(file, [...issue.path, key], schema));
}

function configError(
  file: string,
  issue: Exclude<z.core.$ZodIssue, z.core.$ZodIssueUnrecognizedKeys>,
  input: unknown,
  schema: z.ZodType,
): ConfigError {
  const path = pathText(issue.path);
  const received = valueAt(input, issue.path);
  const place = path === '' ? 'the whole file' : path;
  const value = received === undefined ? 'is missing' : `is ${shorten(redact(JSON.stringify(received)))}`;
  const expectation = received === undefined && issue.code !== 'custom' ? '' : `: ${plain(issue.message)}`;
  return new ConfigError(`${file}: ${place} ${value}${expectation}`, { hint: hintFor(schema, issue.path) });
}

function unknownKeyError(file: string, path: Path, schema: z.ZodType): ConfigError {
  const key = String(path.at(-1));
  const place = pathText(path);
  const known = Object.keys(jsonSchemaAt(schema, path.slice(0, -1))?.properties ?? {});
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
    // A part that the schema does not name (inside of a union, or of options): what
    // surrounds it documents it.
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
