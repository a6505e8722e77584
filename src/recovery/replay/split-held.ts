/** What is known of one content of the overlap. */
export interface OverlapContent {
  readonly hash: bigint;
  /** Rows of the dump that have it. */
  readonly rows: number;
  /** Those of them that belong to records before the overlap. */
  readonly twins: number;
  /** Records of the overlap that were met so far. */
  readonly records: number;
  /** Those of them whose row is in the dump already. */
  readonly taken: number;
}

/** Events of the overlap, each with its content's hash. */
export interface Hashed<Event> {
  readonly event: Event;
  readonly hash: bigint;
}

export interface Split<Event> {
  /** In the dump already, in order. */
  readonly held: readonly Event[];
  /** To be written, in order. */
  readonly rest: readonly Event[];
  /** Each content that was met, as it stands now. */
  readonly contents: readonly OverlapContent[];
}

/**
 * Which events of the overlap are in the dump already. Of n records with one content, k rows of it and t
 * records before the overlap that own a row each, the first k - t are held: a sink writes in order, and
 * which of equal records a row belongs to makes no difference. What the source has sent twice stays
 * twice. Pure.
 * @param known every content of these events, as it stood before them
 */
export function splitHeld<Event>(
  events: ReadonlyArray<Hashed<Event>>,
  known: ReadonlyMap<bigint, OverlapContent>,
): Split<Event> {
  const contents = new Map<bigint, OverlapContent>();
  const held: Event[] = [];
  const rest: Event[] = [];
  for (const { event, hash } of events) {
    const content = contents.get(hash) ?? known.get(hash);
    if (content === undefined) throw new RangeError(`the content ${hash} was not looked up`);
    const isHeld = content.taken < content.rows - content.twins;
    (isHeld ? held : rest).push(event);
    contents.set(hash, {
      ...content,
      records: content.records + 1,
      taken: content.taken + (isHeld ? 1 : 0),
    });
  }
  return { held, rest, contents: [...contents.values()] };
}
