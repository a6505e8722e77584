import { JsonbTextError } from './jsonb-error.ts';
import { jsonbNumber } from './jsonb-number.ts';
import { type Member, printObject } from './jsonb-object.ts';
import { type JsonString, unescapeString } from './jsonb-string.ts';

/**
 * A JSON text as PostgreSQL prints it once it is jsonb: equal to `$1::jsonb::text` byte for byte. Numbers are
 * never read as doubles: jsonb keeps every digit. Containers are kept on a stack of our own, since PostgreSQL
 * accepts deeper nesting than our call stack.
 * @param text without lone surrogates (isWellFormed): they have no UTF-8 that a server could be sent
 * @throws JsonbTextError for what PostgreSQL refuses as jsonb
 */
export function jsonbText(text: string): string {
  return new Parser(text).document();
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

const WORDS = ['true', 'false', 'null'] as const;
/** Longer spellings are looked at digit by digit: numeric has its limits. */
const SHORT_NUMBER = 1_000;

interface OpenArray {
  readonly kind: 'array';
  readonly items: string[];
}

interface OpenObject {
  readonly kind: 'object';
  readonly members: Member[];
  /** The key of the member whose value is being read. */
  key: JsonString;
}

class Parser {
  readonly #text: string;
  #at = 0;
  readonly #open: (OpenArray | OpenObject)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  document(): string {
    for (;;) {
      let value = this.#value();
      // Not a container with content: a value is complete, and perhaps the containers that end with it.
      while (value !== undefined) {
        const container = this.#open.at(-1);
        if (container === undefined) return this.#end(value);
        value = this.#attach(container, value);
      }
    }
  }

  /** The next value; undefined where it opened a container that has content. */
  #value(): string | undefined {
    const code = this.#next();
    if (code === QUOTE) return this.#string().printed;
    if (code === OPEN_OBJECT) return this.#openObject();
    if (code === OPEN_ARRAY) return this.#openArray();
    return this.#numberOrWord();
  }

  #openObject(): string | undefined {
    this.#at++;
    if (this.#next() === CLOSE_OBJECT) {
      this.#at++;
      return '{}';
    }
    this.#open.push({ kind: 'object', members: [], key: this.#key() });
    return undefined;
  }

  #openArray(): string | undefined {
    this.#at++;
    if (this.#next() === CLOSE_ARRAY) {
      this.#at++;
      return '[]';
    }
    this.#open.push({ kind: 'array', items: [] });
    return undefined;
  }

  /** Puts a value into its container. @returns the container, printed, where the value was its last */
  #attach(container: OpenArray | OpenObject, value: string): string | undefined {
    const code = this.#next();
    if (container.kind === 'array') {
      container.items.push(value);
      if (code === CLOSE_ARRAY) return this.#close(`[${container.items.join(', ')}]`);
      this.#expect(COMMA);
      return undefined;
    }
    container.members.push({ key: container.key, value });
    if (code === CLOSE_OBJECT) return this.#close(printObject(container.members));
    this.#expect(COMMA);
    this.#next();
    container.key = this.#key();
    return undefined;
  }

  #close(printed: string): string {
    this.#at++;
    this.#open.pop();
    return printed;
  }

  #key(): JsonString {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) throw this.#unexpected();
    const key = this.#string();
    this.#next();
    this.#expect(COLON);
    return key;
  }

  #string(): JsonString {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      // Also where the text ends: charCodeAt answers NaN there.
      if (!(code >= SPACE)) throw this.#unexpected(at);
      if (code === BACKSLASH) {
        escaped = true;
        at++;
      }
      at++;
    }
    this.#at = at + 1;
    if (escaped) return unescapeString(text.slice(start, at));
    return { value: text.slice(start, at), printed: text.slice(start - 1, at + 1) };
  }

  #numberOrWord(): string {
    const code = this.#text.charCodeAt(this.#at);
    return code === MINUS || isDigit(code) ? this.#number() : this.#word();
  }

  #word(): string {
    const word = WORDS.find((candidate) => this.#text.startsWith(candidate, this.#at));
    if (word === undefined) throw this.#unexpected();
    this.#at += word.length;
    return word;
  }

  #number(): string {
    const text = this.#text;
    const start = this.#at;
    if (text.charCodeAt(start) === MINUS) this.#at++;
    const firstDigit = this.#at;
    this.#digits();
    if (text.charCodeAt(firstDigit) === ZERO && this.#at > firstDigit + 1) throw this.#unexpected(start);
    if (text.charCodeAt(this.#at) === POINT) {
      this.#at++;
      this.#digits();
    }
    const exponent = this.#exponent();
    const spelling = text.slice(start, this.#at);
    // Minus zero loses its sign.
    const signed = firstDigit > start && text.charCodeAt(firstDigit) === ZERO;
    const asSpelled = !exponent && !signed && spelling.length < SHORT_NUMBER;
    return asSpelled ? spelling : jsonbNumber(spelling);
  }

  #exponent(): boolean {
    const mark = this.#text.charAt(this.#at);
    if (mark !== 'e' && mark !== 'E') return false;
    this.#at++;
    const sign = this.#text.charAt(this.#at);
    if (sign === '+' || sign === '-') this.#at++;
    this.#digits();
    return true;
  }

  /** Needs at least one digit. */
  #digits(): void {
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    if (this.#at === start) throw this.#unexpected();
  }

  /** The code of the next character that is not white space (JSON's four), without passing it. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #expect(code: number): void {
    if (this.#text.charCodeAt(this.#at) !== code) throw this.#unexpected();
    this.#at++;
  }

  #end(value: string): string {
    this.#next();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #unexpected(at = this.#at): JsonbTextError {
    const found = at < this.#text.length ? JSON.stringify(this.#text.charAt(at)) : 'the end';
    return new JsonbTextError(`invalid JSON: ${found} at position ${at}`);
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
