/** How a producer may spell the same flat object. */
export type JsonSpelling = 'plain' | 'ascii' | 'spaced' | 'slashes';

/** Each spelling is one that some JSON library writes. */
export function spell(payload: Readonly<Record<string, unknown>>, spelling: JsonSpelling): string {
  const text = JSON.stringify(payload);
  switch (spelling) {
    case 'plain':
      return text;
    case 'ascii':
      return text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    case 'spaced':
      return ` { ${Object.entries(payload)
        .map(([key, value]) => `${JSON.stringify(key)} :\t${JSON.stringify(value)}`)
        .join(' ,\n')} } `;
    case 'slashes':
      return text.replaceAll('/', '\\/');
  }
}
