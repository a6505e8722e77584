import { OperatorError } from '../core/operator-error.ts';

/** What was just written cannot be read back as it was written: the vault's medium, most likely. */
export class UnreadableDumpError extends OperatorError {
  override readonly name = 'UnreadableDumpError';

  constructor(fact: string) {
    super(`the dump does not read back as it was written: ${fact}`, {
      hint: "no backup was kept; check the vault's storage before you take another one",
    });
  }
}
