/**
 * `scheme://user:password@host`. A password may hold `/` and `@`; it ends at the last `@` before white
 * space, a quote or another URL.
 */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.:-]*):\/\/([^\s:/@"']*):((?:(?!:\/\/)[^\s"'])*)@/gi;
/** `http://host:8080/path@x`: a port, and no password. */
const PORT = /^\d{1,5}(?:[/?#]|$)/;
/** `jdbc:oracle:thin:user/password@…` */
const ORACLE_CREDENTIALS = /\b(jdbc:oracle:\w+:[^\s/@"']+)\/(?:(?!:\/\/)[^\s"'])*@/gi;

const SECRET_WORDS =
  '(?:passw(?:or)?d|passphrase|passwd|pwd|secret|secret[._-]?(?:access[._-]?)?key|shared[._-]?access[._-]?(?:key|signature)|account[._-]?key|api[._-]?key|access[._-]?token|token)';
const QUOTED = `"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.|'')*'`;
/** `password=…`, `sslpassword = '…'`, `pwd=…;`: of a connection string, a URL's query, an environment. */
const ASSIGNMENT = new RegExp(`([\\w.-]*${SECRET_WORDS}["']?\\s*=\\s*)(${QUOTED}|["']?[^\\s"',;&}]+)`, 'gi');
/** `"password": "…"`: of JSON, where the value is quoted; prose that says `password:` stays. */
const JSON_MEMBER = new RegExp(`(["'][\\w.-]*${SECRET_WORDS}["']\\s*:\\s*)(${QUOTED})`, 'gi');
/** The same inside of a JSON text: its quotes are escaped, and those of the value twice. */
const INNER_MEMBER = new RegExp(
  `(\\\\"[\\w.-]*${SECRET_WORDS}\\\\"\\s*:\\s*)(\\\\"(?:[^"\\\\]|\\\\{2,3}.)*\\\\")`,
  'gi',
);
/** Connect's own (`${file:…}`), ours (`${secret:…}`), or what was replaced already. */
const NO_SECRET = /^["']?(?:\$\{[^}]*\}?|\*\*\*)["']?$/;

/**
 * The text with every password in it replaced that stands in one of the forms in which connection strings,
 * JDBC URLs, environments and JSON carry them. Too much is replaced rather than too little.
 */
export function replaceSecrets(text: string, by: string): string {
  const member = (whole: string, key: string, value: string) =>
    NO_SECRET.test(value) ? whole : `${key}${requoted(value, by)}`;
  return text
    .replace(URL_CREDENTIALS, (whole, scheme: string, user: string, password: string) => {
      if (/^https?$/i.test(scheme) && user !== '' && PORT.test(password)) return whole;
      return NO_SECRET.test(password) ? whole : `${scheme}://${user}:${by}@`;
    })
    .replace(ORACLE_CREDENTIALS, `$1/${by.replaceAll('$', '$$$$')}@`)
    .replace(ASSIGNMENT, member)
    .replace(JSON_MEMBER, member)
    .replace(INNER_MEMBER, member);
}

/** The value's own quotes stay. */
function requoted(value: string, by: string): string {
  const quote = /^\\?["']/.exec(value)?.[0] ?? '';
  const closed = quote !== '' && value.length > quote.length && value.endsWith(quote);
  return `${quote}${by}${closed ? quote : ''}`;
}
