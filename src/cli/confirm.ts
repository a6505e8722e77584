import type { Invocation } from './invocation.ts';

/**
 * Asks for a word that nobody types by accident. Without a terminal nobody can answer: the answer is no.
 * @returns whether exactly `yes` was typed
 */
export async function confirm(
  { ask, signal }: Pick<Invocation, 'ask' | 'signal'>,
  question: string,
): Promise<boolean> {
  if (ask === undefined) return false;
  const answer = await ask(`${question} Type yes to go on: `, signal);
  return answer.trim().toLowerCase() === 'yes';
}
