/** Characters that a terminal acts on, or that hide what stands beside them. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const MOST_CHARACTERS = 4_000;
const MOST_HEX_BYTES = 512;
const HEX_WIDTH = 16;

/** The bytes as text where they are UTF-8; undefined otherwise. */
export function utf8Of(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Somebody else's text on one line: what a terminal would act on is shown as `\u{1b}`. */
export function shownText(text: string): string {
  return text.replace(ACTIVE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** For a terminal: UTF-8 as its text, else hexadecimal; what is long is cut, and that said. */
export function shownBytes(bytes: Buffer): string {
  const text = utf8Of(bytes);
  if (text === undefined) return hexDump(bytes);
  if (text.length <= MOST_CHARACTERS) return shownText(text);
  return `${shownText(text.slice(0, MOST_CHARACTERS))}… (${bytes.length} bytes in all)`;
}

function hexDump(bytes: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, MOST_HEX_BYTES); at += HEX_WIDTH) {
    const row = bytes.subarray(at, at + HEX_WIDTH);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(HEX_WIDTH * 3)} ${ascii.join('')}`);
  }
  if (bytes.length > MOST_HEX_BYTES) lines.push(`… (${bytes.length} bytes in all)`);
  return lines.join('\n');
}
