/**
 * A JSON number as Java's long: what stands in the text where a double cannot hold it. Other things read as
 * Jackson's JsonNode.longValue(): fractions are cut off, what is no number is 0.
 * @param text the JSON text of the object that has the member
 */
export function exactInteger(value: unknown, text: string, member: string): bigint {
  if (typeof value !== 'number') return 0n;
  if (Number.isSafeInteger(value)) return BigInt(value);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return BigInt(Math.trunc(value));
  return BigInt.asIntN(64, sourceInteger(text, member) ?? BigInt(value));
}

/**
 * The last member of that name whose spelling is an integer, at any depth that
 * JSON.parse's reviver tells apart.
 */
function sourceInteger(text: string, member: string): bigint | undefined {
  let found: bigint | undefined;
  JSON.parse(text, (key: string, value: unknown, context?: { source?: string }) => {
    if (key === member && context?.source !== undefined && /^-?\d+$/.test(context.source)) {
      found = BigInt(context.source);
    }
    return value;
  });
  return found;
}
