/**
 * Why a record is in no table. undecodable: no row can be made of it · refused: the database refuses its row
 * · skipped: a row could be made of it, and the approved plan leaves it out
 */
export const SET_ASIDE_KINDS = ['undecodable', 'refused', 'skipped'] as const;
export type SetAsideKind = (typeof SET_ASIDE_KINDS)[number];

export interface SetAsideReason {
  readonly kind: SetAsideKind;
  /** One line for people. Few different ones, however many records: lists count by it. */
  readonly reason: string;
}
