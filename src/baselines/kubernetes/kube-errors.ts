import { ApiException } from '@kubernetes/client-node';
import { z } from 'zod';
import { AnswerError } from '../../core/answer-error.ts';

/** The API server's answer, where it was not a success. */
export class KubernetesError extends AnswerError {
  override readonly name = 'KubernetesError';
}

const status = z.object({ message: z.string() });

const HINTS: Readonly<Record<number, string>> = {
  401: 'the credential of the kubeconfig is wrong or has expired: store a new one',
  403: 'apply docs/kubernetes-role.yaml, and bind its roles to the user that the message names',
  404: "check the names in the strategy's options, and that the snapshot CRDs (or Velero) are installed",
  409: 'an object of this name exists: look at it with kubectl; msr deletes only what it made itself',
  422: "the cluster refuses the object: check the strategy's options against the versions installed there",
};

/**
 * What an operator reads of a failed call. The API server's own message names user, verb and resource where
 * rights are missing; no header of the request gets into it.
 * @param what the call, as `create volumesnapshots in msr`
 */
export function kubernetesError(what: string, server: string, error: unknown): KubernetesError {
  if (error instanceof ApiException) {
    const hint = HINTS[error.code] ?? `look at the API server ${server}; run it again when it is well`;
    const fact = `Kubernetes refuses to ${what} (${error.code}): ${messageOf(error)}`;
    return new KubernetesError(error.code, fact, { hint, cause: error });
  }
  return new KubernetesError(0, `the Kubernetes API server ${server} does not answer: ${reasonOf(error)}`, {
    hint: 'check the server in the kubeconfig, and that this network reaches it',
    cause: error,
  });
}

function messageOf({ code, body }: ApiException<unknown>): string {
  const parsed = status.safeParse(typeof body === 'string' ? tryJson(body) : body);
  if (parsed.success) return parsed.data.message;
  // The client keeps no body of this one.
  return code === 401 ? 'Unauthorized' : 'no message';
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch says no more than 'fetch failed'; what failed is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
