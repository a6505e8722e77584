import { isAuthenticationFailure } from '../clients/authentication.ts';
import { CA_PEM_VARIABLE, certificateFile } from '../clients/certificate-file.ts';
import { refetchSecret, resolveEnvironment } from '../clients/secrets.ts';
import { CA_FILE_VARIABLE, trustAuthorities } from '../clients/trusted-authorities.ts';
import type { Environment } from '../core/environment.ts';

/**
 * What every edge (Lambda, task, command line, guardian) does before it reads its settings: secrets are
 * fetched, and the authorities that the operator names are trusted.
 * @throws SecretError, OperatorError
 */
export async function openEnvironment(env: Environment): Promise<Environment> {
  const resolved = withCertificateFile(await resolveEnvironment(env));
  trustAuthorities(resolved[CA_FILE_VARIABLE]);
  return resolved;
}

/** A file that somebody named wins over the certificates that a secret holds as text. */
function withCertificateFile(env: Environment): Environment {
  const { [CA_PEM_VARIABLE]: pem, [CA_FILE_VARIABLE]: file } = env;
  if (pem === undefined || pem === '' || file !== undefined) return env;
  return { ...env, [CA_FILE_VARIABLE]: certificateFile(pem) };
}

/**
 * Runs `work` with the environment and, where its credentials were refused and the secret holds others
 * meanwhile (rotation), once more. Only for work that may be run again after a failure at any point.
 * @throws what `work` throws, SecretError
 */
export async function withFreshSecrets<T>(
  env: Environment,
  work: (env: Environment) => Promise<T>,
): Promise<T> {
  try {
    return await work(await openEnvironment(env));
  } catch (error) {
    // Refused credentials are not always told as such (a database that cannot be read):
    // the next call reads anew.
    const changed = await changedMeanwhile(env);
    if (!changed || !isAuthenticationFailure(error)) throw error;
    return await work(await openEnvironment(env));
  }
}

/** A secret that cannot be read now does not explain why the credentials were refused. */
async function changedMeanwhile(env: Environment): Promise<boolean> {
  return await refetchSecret(env).catch(() => false);
}
