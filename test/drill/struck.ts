/** What a disaster did, and what has to come of it. */
export interface Struck {
  /** For people. */
  readonly said: string;
  /** What on-call says beyond `msr recover`. */
  readonly flags: readonly string[];
  /** The recovery's own verdict, as it has to be. */
  readonly verdict: string;
  /** Numbers of acknowledged events that must be in no table afterwards, but set aside. */
  readonly leftOut: readonly number[];
  /** The database from before is whole enough to go back to. */
  readonly undoable: boolean;
}
