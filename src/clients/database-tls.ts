/**
 * How a database's TLS is decided. A URL that says nothing gets `verify-full` (encrypted, by an authority
 * that is trusted, for that very host), unless the server is on this machine. What a URL says (`sslmode`,
 * `sslrootcert`) is taken as libpq takes it: https://www.postgresql.org/docs/current/libpq-ssl.html
 */

/** `ssl=true` is libpq's alias for `sslmode=require`. */
const EXPLICIT = ['sslmode', 'ssl'] as const;

/** Whether the connection never leaves this machine: loopback, or a Unix socket. */
export function isLocalServer(url: string): boolean {
  const { hostname, searchParams } = new URL(url);
  const host = (searchParams.get('host') ?? decodeURIComponent(hostname)).toLowerCase();
  return host === '' || host.startsWith('/') || /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host);
}

/** The URL with its mode written out. */
function withMode(url: string): URL {
  const decided = new URL(url);
  const explicit = EXPLICIT.some((name) => decided.searchParams.has(name));
  if (!explicit && !isLocalServer(url)) decided.searchParams.set('sslmode', 'verify-full');
  return decided;
}

/** For node-postgres, which has weaker and stronger modes of its own under libpq's names. */
export function nodeTlsUrl(url: string): URL {
  const decided = withMode(url);
  const { searchParams } = decided;
  const mode = searchParams.get('sslmode');
  // Node.js trusts the system's authorities anyway, and would look for a file of that name.
  if (searchParams.get('sslrootcert') === 'system') searchParams.delete('sslrootcert');
  if (mode === null || mode === 'no-verify') return decided;
  // It cannot ask first and encrypt then: libpq, too, begins without.
  if (mode === 'allow') searchParams.set('sslmode', 'disable');
  searchParams.set('uselibpqcompat', 'true');
  return decided;
}

/** For pg_dump and pg_restore. @param rootCertificates PGSSLROOTCERT, where it is set */
export function libpqTlsUrl(url: string, rootCertificates: string | undefined): URL {
  const decided = withMode(url);
  const { searchParams } = decided;
  if (searchParams.get('sslmode') === 'no-verify') searchParams.set('sslmode', 'require');
  const named = searchParams.has('sslrootcert') || rootCertificates !== undefined;
  // Otherwise libpq trusts nothing but a file in the user's home (libpq 16 knows `system`).
  if (searchParams.get('sslmode') === 'verify-full' && !named) searchParams.set('sslrootcert', 'system');
  return decided;
}

/** Names the operator's authorities for a server that is not on this machine, unless the URL names others. */
export function withAuthorities(url: string, caFile: string | undefined): string {
  const changed = new URL(url);
  const { searchParams } = changed;
  const unneeded = caFile === undefined || isLocalServer(url) || searchParams.get('sslmode') === 'disable';
  if (unneeded || searchParams.has('sslrootcert')) return url;
  searchParams.set('sslrootcert', caFile);
  return changed.href;
}

/**
 * TLS of a server that cannot be had: what it means, and what to do. undefined: the
 * error is about something else.
 */
export function tlsFault(error: unknown): { readonly fact: string; readonly hint: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/does not support SSL/.test(error.message)) return NO_TLS;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { fact: error.message, hint: OTHER_HOST };
  if (CERTIFICATE_CODE.test(code)) return { fact: error.message, hint: UNTRUSTED };
  return undefined;
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_CODE = /^(CERT_|UNABLE_TO_(VERIFY|GET_ISSUER)|SELF_SIGNED|DEPTH_ZERO_SELF|ERR_TLS_CERT)/;
const NO_TLS = {
  fact: 'it offers no TLS',
  hint: 'set ssl = on in its postgresql.conf; on a network that you trust, `?sslmode=disable` in the URL does without',
} as const;
const OTHER_HOST = "use a host name of the certificate's in the URL; `?sslmode=verify-ca` accepts any name";
const UNTRUSTED =
  'name the file of its certificate authority (PEM) in MSR_CA_FILE, or in the URL: ?sslrootcert=/path/ca.pem';
