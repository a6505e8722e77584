/** A text in which no secret may occur, and where it was found. */
export interface Searched {
  /** `log group /aws/lambda/…`, `execution history …`, `vault backups/…/manifest.json` */
  readonly place: string;
  readonly text: string;
}

interface Finding {
  readonly secret: string;
  readonly place: string;
}

export interface SearchResult {
  readonly findings: readonly Finding[];
  /** How many texts of each kind were searched, and how many characters. */
  readonly kinds: ReadonlyArray<{
    readonly kind: string;
    readonly texts: number;
    readonly characters: number;
  }>;
}

/** Fewer characters occur by chance. */
const SHORTEST_SECRET = 12;

/**
 * Looks for planted secrets, as they are and as URLs, JSON and base64 write them.
 * @param secrets by what they are: `database password`
 * @param texts by kind; a kind without a text, or with empty ones alone, has proven nothing
 * @throws RangeError where a secret is too short to be looked for, or a kind holds no text
 */
export function searchSecrets(
  secrets: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, readonly Searched[]>>,
): SearchResult {
  const needles = Object.entries(secrets).flatMap(([name, value]) =>
    spellings(name, value).map((spelling) => ({ name, spelling })),
  );
  const kinds = Object.entries(texts).map(([kind, searched]) => {
    const characters = searched.reduce((sum, { text }) => sum + text.length, 0);
    if (characters === 0) throw new RangeError(`nothing was searched among the ${kind}`);
    return { kind, texts: searched.length, characters };
  });
  const findings = Object.values(texts)
    .flat()
    .flatMap(({ place, text }) =>
      needles.filter(({ spelling }) => text.includes(spelling)).map(({ name }) => ({ secret: name, place })),
    );
  return { findings: unique(findings), kinds };
}

function spellings(name: string, value: string): string[] {
  if (value.length < SHORTEST_SECRET) throw new RangeError(`the ${name} is too short to be looked for`);
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return [...new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), base64])];
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.secret} ${finding.place}`, finding])).values()];
}
