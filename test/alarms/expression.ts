type Value = number | undefined;

/**
 * The metric math that our alarms use, and nothing else: sums, `MAX([…])`, `FILL(id, n)` and
 * `IF(id == n, n, n)`. A period without data has no value unless FILL gives one.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 * @throws SyntaxError for what it does not know
 */
export function evaluate(expression: string, values: Readonly<Record<string, Value>>): Value {
  const text = expression.trim();
  const max = /^MAX\(\[(.*)\]\)$/.exec(text)?.[1];
  if (max !== undefined) return combined(splitOutside(max, ','), values, (all) => Math.max(...all));
  const terms = splitOutside(text, '+');
  if (terms.length > 1) return combined(terms, values, (all) => all.reduce((sum, each) => sum + each, 0));
  const fill = /^FILL\((\w+), (\d+)\)$/.exec(text);
  if (fill !== null) return values[fill[1] ?? ''] ?? Number(fill[2]);
  const choice = /^IF\((\w+) == (\d+), (\d+), (\d+)\)$/.exec(text);
  if (choice !== null) {
    const value = values[choice[1] ?? ''];
    return value === undefined ? undefined : Number(value === Number(choice[2]) ? choice[3] : choice[4]);
  }
  if (text in values) return values[text];
  throw new SyntaxError(`the evaluator does not know ${text}`);
}

function combined(
  parts: readonly string[],
  values: Readonly<Record<string, Value>>,
  combine: (all: number[]) => number,
): Value {
  const known = parts.map((part) => evaluate(part, values)).filter((each) => each !== undefined);
  return known.length < parts.length ? undefined : combine(known);
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const letter of text) {
    if ('(['.includes(letter)) depth += 1;
    if (')]'.includes(letter)) depth -= 1;
    if (letter === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts;
}
