import { readFile } from 'node:fs/promises';
import { escapeIdentifier, escapeLiteral } from 'pg';

/**
 * A file of this folder with psql's variables filled in: `:"name"` as an identifier, `:'name'` as a literal.
 * The files thereby run in psql as they are, which is how an operations team runs roles.sql.
 * @throws Error for a variable that is not given
 */
export async function sqlFile(
  name: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const text = await readFile(new URL(`./${name}`, import.meta.url), 'utf8');
  const withoutComments = text.replace(/^\s*--.*$/gm, '');
  return withoutComments.replace(/(?<!:):(["'])(\w+)\1/g, (_, quote: string, variable: string) => {
    const value = variables[variable];
    if (value === undefined) throw new Error(`${name} needs the variable ${variable}`);
    return quote === '"' ? escapeIdentifier(value) : escapeLiteral(value);
  });
}
