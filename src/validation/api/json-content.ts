/**
 * A JSON value as text that is alike for values that are alike: keys in order, numbers as JavaScript holds
 * them. jsonb keeps more digits than an API's client sees, so both sides pass here.
 */
export function jsonContent(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? 'null';
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, ordered(member)]));
}
