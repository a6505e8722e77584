import type { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import type { Vault } from './vault.ts';

/** Writes a small document as JSON that people can read, too. @returns as Vault.writeDocument */
export async function writeJson(
  vault: Vault,
  path: string,
  content: unknown,
  condition?: Parameters<Vault['writeDocument']>[2],
): Promise<string | undefined> {
  return await vault.writeDocument(path, `${JSON.stringify(content, null, 2)}\n`, condition);
}

/** What a reader tells of a document that is not what it should be. */
export interface Refusal {
  /** @default was not written by this version of msr */
  readonly what?: string;
  readonly hint: string;
}

/**
 * Reads what writeJson wrote; undefined where nothing was written.
 * @throws OperatorError where something else stands there
 */
export async function readJson<T extends z.ZodType>(
  vault: Vault,
  path: string,
  schema: T,
  { what = 'was not written by this version of msr', hint }: Refusal,
): Promise<{ readonly value: z.infer<T>; readonly etag: string } | undefined> {
  const document = await vault.readDocument(path);
  if (document === undefined) return undefined;
  try {
    return { value: schema.parse(JSON.parse(document.content)), etag: document.etag };
  } catch (cause) {
    throw new OperatorError(`${path} in the vault ${vault.url} ${what}`, { hint, cause });
  }
}
