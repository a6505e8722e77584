/**
 * UTC, ISO 8601 as PostgreSQL reads it: years of more than four digits without a sign,
 * others before ours with BC.
 */
export function timestampText(micros: bigint): string {
  const millis = micros / 1_000n;
  const date = new Date(Number(millis));
  const year = date.getUTCFullYear();
  const printedYear = String(year > 0 ? year : 1 - year).padStart(4, '0');
  // `…-MM-DDTHH:mm:ss.sss`, whatever length toISOString gives the year.
  const rest = date.toISOString().slice(-20, -1).replace('T', ' ');
  return `${printedYear}${rest}+00${year > 0 ? '' : ' BC'}`;
}
