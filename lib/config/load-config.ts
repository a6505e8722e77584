import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type Config, configSchema, validParts } from './config.ts';
import { ConfigError, configErrors } from './config-error.ts';
import { contradictions } from './contradictions.ts';

/**
 * What `cdk synth` takes where nobody names a file: it shows every stack. Its account is nobody's, so that it
 * cannot be deployed by mistake.
 */
export const EXAMPLE_CONFIG = 'msr-recovery.config.example.json';

export interface ConfigPathSources {
  readonly root: string;
  /** The value of `cdk … -c config=path`. */
  readonly context: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the configuration is: `-c config=path`, else MSR_CONFIG, else the example. */
export function configPath({ root, context, env }: ConfigPathSources): string {
  const given = typeof context === 'string' && context !== '' ? context : env['MSR_CONFIG'];
  if (given === undefined || given === '') return join(root, EXAMPLE_CONFIG);
  return isAbsolute(given) ? given : join(process.cwd(), given);
}

/** @throws ConfigError naming everything that is wrong, with the values that were received and a HINT each */
export function loadConfig(path: string): Config {
  return parseConfig(path, readText(path));
}

/** @param file for the error's text. @throws ConfigError */
export function parseConfig(file: string, text: string): Config {
  const input = parseJson(file, text);
  const parsed = configSchema.safeParse(input);
  const contradicting = contradictions(validParts(input));
  if (parsed.success && contradicting.length === 0) return parsed.data;
  const issues = [
    ...(parsed.error?.issues ?? []),
    ...contradicting.map((found) => ({ code: 'custom' as const, input, ...found })),
  ];
  throw configErrors(file, issues, input, configSchema);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`the configuration ${path} cannot be read: ${(cause as Error).message}`, {
      hint: `copy ${EXAMPLE_CONFIG}, fill it in, and name it with -c config=<path> or MSR_CONFIG`,
      cause,
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${file} is not JSON: ${(cause as Error).message}`, {
      hint: `compare it with ${EXAMPLE_CONFIG}; JSON knows neither comments nor trailing commas`,
      cause,
    });
  }
}
