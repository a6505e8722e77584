/**
 * What Java's patterns read otherwise than JavaScript's: quoting, class intersections and POSIX classes,
 * inline flags, possessive quantifiers, and Java's own anchors.
 */
const JAVA_ONLY = /\\[QEGZAzhHRXpPN]|&&|\[\[|\(\?(?![:=!]|<[=!a-zA-Z])|[*+?}]\+/;

/**
 * A class within a class is a union in Java, and three characters in JavaScript; `[]`
 * is an error in one of them.
 */
const NESTED_OR_EMPTY_CLASS = /\[\^?(?:\]|[^\]]*\[)/;

/**
 * A pattern that must match the whole text, as Matcher.matches() does.
 * @returns undefined where Java and JavaScript would read the pattern differently
 */
export function compileJavaPattern(pattern: string): RegExp | undefined {
  if (JAVA_ONLY.test(pattern) || NESTED_OR_EMPTY_CLASS.test(pattern.replace(/\\./gs, 'x'))) return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    // Not a pattern in JavaScript; the caller refuses it by name.
    return undefined;
  }
}
