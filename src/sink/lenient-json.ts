/**
 * Jackson, as JsonConverter sets it up, reads a few texts that are not JSON: a byte order mark
 * before the value, anything after it, and numbers with leading zeros. The sink has written such
 * records, so they are rewritten.
 * @returns the first value of the text as JSON, where the text can be read that way; else
 *   some text that is not JSON
 */
export function asJackson(text: string): string {
  return firstValue(text.replace(/^\uFEFF/, '')).replace(STRING_OR_LEADING_ZEROS, '$1$2');
}

/** A string, which stays, or the zeros that a number begins with. */
const STRING_OR_LEADING_ZEROS = /("(?:[^"\\]|\\.)*")|(?<![\d.eE+-])(-?)0+(?=\d)/g;

const STRING_OR_BRACKET = /"(?:[^"\\]|\\.)*"|[[\]{}]/g;

/** Up to the bracket that closes the first one. */
function firstValue(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(STRING_OR_BRACKET)) {
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth === 0 && !token.startsWith('"')) return text.slice(0, index + 1);
  }
  return text;
}
