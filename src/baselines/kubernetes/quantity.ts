const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/**
 * Bytes of a Kubernetes quantity of storage: `10Gi`, `1.5T`, `2e9`
 * (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). undefined: it is none.
 */
export function quantityBytes(quantity: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(?:([eE][-+]?\d+)|([kMGTPE]i?|Ki)?)$/.exec(quantity);
  if (match === null) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = match;
  const factor = FACTORS[suffix];
  return factor === undefined ? undefined : Math.ceil(Number(`${digits}${exponent}`) * factor);
}

/** The largest; those that are none are left out. undefined where nothing is left. */
export function largestQuantity(quantities: ReadonlyArray<string | undefined>): string | undefined {
  let largest: { quantity: string; bytes: number } | undefined;
  for (const quantity of quantities) {
    const bytes = quantityBytes(quantity ?? '');
    if (quantity === undefined || bytes === undefined) continue;
    if (largest === undefined || bytes > largest.bytes) largest = { quantity, bytes };
  }
  return largest?.quantity;
}
