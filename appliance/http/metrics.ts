import type { Metric } from '../core/feature.ts';

/**
 * Writes the Prometheus text of our metrics and the process's own. The library is loaded at the first scrape: most
 * appliances are never scraped.
 */
export function createMetricsPage(
  metrics: readonly Metric[],
): () => Promise<{ contentType: string; text: string }> {
  let registry: Promise<import('prom-client').Registry> | null = null;
  return async () => {
    registry ??= openRegistry(metrics);
    const ready = await registry;
    return { contentType: ready.contentType, text: await ready.metrics() };
  };
}

async function openRegistry(metrics: readonly Metric[]) {
  const { Counter, Gauge, Registry } = (await import('prom-client')).default;
  const registry = new Registry();
  for (const metric of [...metrics, ...processMetrics]) {
    const common = {
      name: metric.name.startsWith('process_') ? metric.name : `ist_${metric.name}`,
      help: metric.help,
      labelNames: [...(metric.labels ?? [])],
      registers: [registry],
    };
    if (metric.type === 'gauge') {
      new Gauge({
        ...common,
        collect() {
          this.reset();
          for (const { labels, value } of metric.collect()) this.set(labels ?? {}, value);
        },
      });
    } else {
      new Counter({
        ...common,
        collect() {
          this.reset(); // our counters are totals kept elsewhere
          for (const { labels, value } of metric.collect()) this.inc(labels ?? {}, value);
        },
      });
    }
  }
  return registry;
}

/**
 * By hand and not the library's default set: that one switches on an event-loop histogram which wakes the process a
 * hundred times a second, more than all our probing does.
 */
const processMetrics: readonly Metric[] = [
  {
    name: 'process_cpu_seconds_total',
    help: 'Processor time used, user and system',
    type: 'counter',
    collect: () => {
      const { user, system } = process.cpuUsage();
      return [{ value: (user + system) / 1e6 }];
    },
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    type: 'gauge',
    collect: () => [{ value: process.memoryUsage.rss() }],
  },
  {
    name: 'process_heap_bytes',
    help: 'JavaScript heap in use',
    type: 'gauge',
    collect: () => [{ value: process.memoryUsage().heapUsed }],
  },
  {
    name: 'process_uptime_seconds',
    help: 'Time since the process started',
    type: 'gauge',
    collect: () => [{ value: process.uptime() }],
  },
];
