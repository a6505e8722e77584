/** A record that no sink can have written; it is kept aside with this message as the reason. */
export class PoisonRecord extends Error {
  override readonly name = 'PoisonRecord';
}
