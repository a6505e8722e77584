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

/**
 * Shows what is planned and asks, unless that was agreed to on the command line. Where nobody can be asked it
 * shows nothing: the command's answer holds the plan.
 * @returns whether it is to be carried out
 */
export async function agreed(
  invocation: Pick<Invocation, 'ask' | 'signal' | 'progress'>,
  { planned, question, yes }: { readonly planned: string; readonly question: string; readonly yes: boolean },
): Promise<boolean> {
  if (!yes && invocation.ask === undefined) return false;
  invocation.progress.note(planned);
  return yes || (await confirm(invocation, question));
}
