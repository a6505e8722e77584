const CREDENTIALS_IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@/gi;
const PASSWORD_PARAMETER = /\b((?:pg)?passw(?:or)?d["']?\s*=\s*["']?)[^\s"',;&]+/gi;

/**
 * Text without the passwords of URLs and connection strings in it. Nothing of ours puts them there; what others
 * say (commander repeats what was typed, a library's error its configuration) passes here before it is printed.
 */
export function redact(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, '$1:***@').replace(PASSWORD_PARAMETER, '$1***');
}
