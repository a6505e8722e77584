import { createHash } from 'node:crypto';

/**
 * A short name for what an approval approves. Two plans with one hash do the same to the same things; numbers
 * that move by themselves (log ends, estimates, the time of day) must not be among `parts`.
 * @param parts JSON values whose keys are written in one fixed order
 */
export function planHash(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
