import { join } from 'node:path';
import { cached } from '../bed/cache.ts';
import { unpackDebianPackages } from '../bed/debian-packages.ts';

interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
  readonly pushgateway: string;
  readonly nodeExporter: string;
}

/** Prometheus, its tools and what it scrapes, as Debian packages them; their commands. */
export async function prometheusPrograms(): Promise<PrometheusPrograms> {
  const what = 'Prometheus, its Pushgateway and node_exporter from deb.debian.org';
  const dir = await cached('prometheus-debian', { what, megabytes: 120, seconds: 15 }, (target) =>
    unpackDebianPackages(
      'rules and metrics are proven by Prometheus itself',
      ['prometheus', 'prometheus-pushgateway', 'prometheus-node-exporter'],
      target,
    ),
  );
  const program = (name: string) => join(dir, 'usr', 'bin', name);
  return {
    prometheus: program('prometheus'),
    promtool: program('promtool'),
    pushgateway: program('prometheus-pushgateway'),
    nodeExporter: program('prometheus-node-exporter'),
  };
}
