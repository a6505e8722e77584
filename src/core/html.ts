const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What others have said (an error's message, a topic's name) must not become markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** An instant for people, escaped, and in one line: to the second, since nobody reads more. */
export function momentHtml(iso: string): string {
  return `<time>${escapeHtml(iso.replace(/\.\d+Z$/, 'Z'))}</time>`;
}

export interface HtmlPage {
  /** Plain text. */
  readonly title: string;
  /** Until it has ended a page loads itself again after so many seconds. @default never */
  readonly refreshSeconds?: number | undefined;
  /** Markup. */
  readonly body: string;
}

/**
 * One file that needs nothing else, loads nothing and runs nothing: on a telephone, in print, by day and
 * by night. The classes ok, warning, failed and unknown say how bad something is, soft what is by the
 * way. On a telephone a row's cells stand below each other: of the class flow in one line, of head the
 * first two; cells of the class wide are left out there.
 */
export function htmlPage({ title, refreshSeconds, body }: HtmlPage): string {
  const refresh =
    refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">${refresh}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style></head><body>
${body}
</body></html>
`;
}

/** A sentence with its `commands`, escaped. */
export function sentenceHtml(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** A table of names and values, both plain text; nothing where there are none. */
export function factsHtml(rows: ReadonlyArray<readonly [string, string]>): string {
  if (rows.length === 0) return '';
  const cells = rows.map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table><tbody>${cells.join('')}</tbody></table>`;
}

/** A list of plain texts; nothing where there are none. */
export function listHtml(items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
}

const STYLE = `:root{--bg:#fff;--fg:#1a1a1a;--soft:#666;--line:#ddd;--fill:#f2f2f2;--ok:#14713a;--warn:#8a5a00;--bad:#b3261e;--unk:#5b4a8a}
@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e8e8e8;--soft:#a0a0a0;--line:#3a3d42;--fill:#24272c;--ok:#6fd08c;--warn:#f0b95a;--bad:#ff8a80;--unk:#b9a7f0}}
@media print{:root{--bg:#fff;--fg:#000;--soft:#444;--line:#bbb;--fill:#f2f2f2;--ok:#14713a;--warn:#8a5a00;--bad:#b3261e;--unk:#5b4a8a}}
body{background:var(--bg);color:var(--fg);font:1rem/1.5 system-ui,sans-serif;max-width:62rem;margin:1.5rem auto;padding:0 1rem}
h1{font-size:1.35rem;line-height:1.3;border-left:.4rem solid;padding-left:.7rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
.ok{color:var(--ok)}.warning{color:var(--warn)}.failed{color:var(--bad)}.unknown{color:var(--unk)}.not-checked,.soft,.hint{color:var(--soft)}
table{border-collapse:collapse;width:100%}td,th{padding:.3rem .8rem .3rem 0;vertical-align:top;text-align:left;border-bottom:1px solid var(--line)}
td:first-child{white-space:nowrap;font-weight:600}td{overflow-wrap:anywhere}td.whole{white-space:nowrap}td.n,th.n{text-align:right}
time{white-space:nowrap}code,pre{font:.85em/1.4 ui-monospace,monospace;white-space:pre-wrap}pre{background:var(--fill);padding:.5rem}
figure{margin:.4rem 0 1rem}figcaption{color:var(--soft)}svg{width:100%;height:90px;display:block}
svg polyline{fill:none;stroke:currentColor;stroke-width:1.5;vector-effect:non-scaling-stroke}svg .axis{stroke:var(--line)}svg circle{fill:currentColor}
.ends{display:flex;justify-content:space-between;color:var(--soft);font-size:.8rem}
.bar{background:var(--fill);height:1rem;position:relative;min-width:8rem}.bar i{position:absolute;top:0;bottom:0;background:currentColor;min-width:2px}.bar i.still{background:var(--warn)}
@media(min-width:40.01rem){table.checks td:nth-child(2){white-space:nowrap}}
@media(max-width:40rem){table,tbody,thead,tr,td{display:block;border:0;padding:0}tr.flow td,tr.head td:nth-child(-n+2){display:inline}tr.flow td+td::before,tr.head td:nth-child(2)::before{content:" · ";color:var(--soft)}td.wide{display:none!important}td.whole{white-space:normal}tr{border-bottom:1px solid var(--line);padding:.4rem 0}td.n,th.n{text-align:left}thead{display:none}td[data-of]::before{content:attr(data-of) " ";color:var(--soft)}}
@media(min-width:60rem){.charts{display:grid;grid-template-columns:1fr 1fr;gap:0 2rem;align-items:end}}
@media print{:root{font-size:11px}body{margin:0;max-width:none}tr,figure{break-inside:avoid}.charts{display:grid;grid-template-columns:1fr 1fr;gap:0 2rem;align-items:end}}`;
