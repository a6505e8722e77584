/** How a baseline can be taken, as the configuration and the manifest name it. */
export const STRATEGY_NAMES = ['dump', 'ebs', 'kubernetes', 'timescale-cloud', 'hybrid'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];
