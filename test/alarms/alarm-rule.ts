import type { AlarmState } from './metric-alarm.ts';

/** Whether the rule of a composite alarm holds, by the states of the alarms that it names. */
export type AlarmRule = (stateOf: (alarm: string) => AlarmState) => boolean;

/**
 * Reads a rule expression as CloudWatch does: `ALARM`, `OK` and `INSUFFICIENT_DATA` of an alarm by its name
 * or its ARN, `TRUE`, `FALSE`, `NOT`, then `AND`, then `OR`, and parentheses.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 * @throws SyntaxError for what is no such expression
 */
export function parseRule(text: string): AlarmRule {
  const reader = new RuleReader(text);
  const rule = reader.anyOf();
  reader.end();
  return rule;
}

const TOKEN = /\s*(\(|\)|"[^"]*"|[^\s()"]+)/y;
const STATES = new Set<string>(['ALARM', 'OK', 'INSUFFICIENT_DATA']);

class RuleReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  anyOf(): AlarmRule {
    const rules = this.#separated('OR', () => this.#allOf());
    return (stateOf) => rules.some((rule) => rule(stateOf));
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#unexpected();
  }

  #allOf(): AlarmRule {
    const rules = this.#separated('AND', () => this.#one());
    return (stateOf) => rules.every((rule) => rule(stateOf));
  }

  #one(): AlarmRule {
    const token = this.#next();
    if (token === 'NOT') {
      const rule = this.#one();
      return (stateOf) => !rule(stateOf);
    }
    if (token === 'TRUE' || token === 'FALSE') return () => token === 'TRUE';
    if (token === '(') {
      const rule = this.anyOf();
      this.#expect(')');
      return rule;
    }
    if (!STATES.has(token)) throw this.#unexpected();
    this.#expect('(');
    const alarm = nameOf(this.#next());
    this.#expect(')');
    return (stateOf) => stateOf(alarm) === token;
  }

  #separated(separator: string, read: () => AlarmRule): AlarmRule[] {
    const rules = [read()];
    while (this.#tokens[this.#at] === separator) {
      this.#at += 1;
      rules.push(read());
    }
    return rules;
  }

  #next(): string {
    this.#at += 1;
    return this.#tokens[this.#at - 1] ?? '';
  }

  #expect(token: string): void {
    if (this.#next() !== token) throw this.#unexpected();
  }

  #unexpected(): SyntaxError {
    const token = this.#tokens[Math.max(0, this.#at - 1)] ?? 'the end';
    return new SyntaxError(`${token} was not expected in ${this.#tokens.join(' ')}`);
  }
}

function tokensOf(text: string): string[] {
  return [...text.matchAll(new RegExp(TOKEN.source, 'g'))].map(([, token = '']) => token);
}

/** The last part of an ARN `arn:aws:cloudwatch:…:alarm:<name>`, or what stands in quotes. */
function nameOf(token: string): string {
  return token.replace(/^"(.*)"$/, '$1').replace(/^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:/, '');
}
