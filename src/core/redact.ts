import { replaceSecrets } from './secret-text.ts';

/**
 * Text without the passwords of URLs, connection strings and JSON in it. Nothing of ours puts them
 * there; what others say (commander repeats what was typed, a library's error its configuration) passes
 * here before it is printed.
 */
export function redact(text: string): string {
  return replaceSecrets(text, '***');
}
