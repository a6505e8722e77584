declare module 'asl-validator' {
  /** Validates a definition in the Amazon States Language against its JSON schema. */
  export default function validate(
    definition: unknown,
    options: { readonly checkArn: boolean; readonly checkPaths: boolean },
  ): { readonly isValid: boolean; errorsText(separator: string): string };
}
