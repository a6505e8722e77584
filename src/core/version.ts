import manifest from '../../package.json' with { type: 'json' };

/** This msr's own version: it stands in manifests, reports and `msr --version`. */
export const VERSION = manifest.version;
