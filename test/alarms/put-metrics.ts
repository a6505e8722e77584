import type { Series } from './play.ts';

/** The metrics of an account, by the minute in which each was put. */
export class PutMetrics {
  readonly #puts = new Map<string, Array<readonly [number, number]>>();

  get series(): Series {
    return this.#puts;
  }

  /** @param key name and dimensions as alarms ask for them (template-alarms.ts); minutes come in order */
  put(key: string, minute: number, value: number): void {
    const puts = this.#puts.get(key) ?? [];
    puts.push([minute, value]);
    this.#puts.set(key, puts);
  }

  /** A document of the embedded metric format, read as CloudWatch reads it. */
  extract(minute: number, document: Readonly<Record<string, unknown>>): void {
    const { CloudWatchMetrics } = document['_aws'] as {
      readonly CloudWatchMetrics: ReadonlyArray<{
        readonly Namespace: string;
        readonly Dimensions: readonly string[][];
        readonly Metrics: ReadonlyArray<{ readonly Name: string }>;
      }>;
    };
    for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
      for (const names of Dimensions) {
        const dimensions = names.map((name) => `${name}=${document[name]}`).sort();
        for (const { Name } of Metrics) {
          this.put([Namespace, Name, ...dimensions].join(' '), minute, document[Name] as number);
        }
      }
    }
  }
}
