import { JsonbTextError } from './jsonb-error.ts';

/** A JSON string's literal: what it says, and how jsonb prints it. */
export interface JsonString {
  readonly value: string;
  /** The text with its quotes. */
  readonly printed: string;
}

/** What each short escape stands for, by what is behind its backslash. */
export const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([\s\S])|$)/g;
/** What jsonb escapes when it prints: quotes, backslashes and the control characters below the space. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON must escape
const MUST_ESCAPE = /["\\\u0000-\u001f]/g;
const PRINTED_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * A literal that holds a backslash.
 * @param body what stands between the quotes
 * @throws JsonbTextError for an unknown escape, \u0000, and half a surrogate pair:
 *   jsonb can hold none of them
 */
export function unescapeString(body: string): JsonString {
  const value = body.replace(ESCAPE, (whole, hex: string | undefined, short: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const meant = short === undefined ? undefined : SHORT_ESCAPES[short];
    if (meant === undefined) throw new JsonbTextError(`invalid escape ${whole}`);
    return meant;
  });
  if (value.includes('\0')) throw new JsonbTextError('\\u0000 cannot be held by jsonb');
  if (!value.isWellFormed()) throw new JsonbTextError('half a surrogate pair cannot be held by jsonb');
  return { value, printed: `"${value.replace(MUST_ESCAPE, printedEscape)}"` };
}

function printedEscape(character: string): string {
  return PRINTED_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
