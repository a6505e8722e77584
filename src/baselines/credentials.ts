import { readFile } from 'node:fs/promises';
import { secretText } from '../clients/secrets.ts';
import { OperatorError } from '../core/operator-error.ts';

/** Where a credential of a strategy lies; never in its options, which stand in the configuration file. */
export type CredentialPlace = { readonly secretId: string } | { readonly file: string };

/**
 * Reads a credential when it is needed.
 * @param what for messages: 'the kubeconfig'
 * @throws OperatorError naming the place, and nothing of what stands there
 */
export async function readCredential(place: CredentialPlace, what: string): Promise<string> {
  if ('secretId' in place) return await secretText(place.secretId);
  try {
    return await readFile(place.file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new OperatorError(`${what} cannot be read from ${place.file}: ${code}`, {
      hint: "correct the path in the strategy's options, and let the user that runs msr read the file",
      cause,
    });
  }
}
