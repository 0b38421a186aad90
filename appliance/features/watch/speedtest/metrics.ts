import type { Metric } from '../../../core/feature.ts';
import type { SpeedTest } from './schema.ts';
import type { SpeedtestService } from './service.ts';

/** What Prometheus scrapes. Of the newest test that measured something; one that failed leaves them as they are. */
export function speedtestMetrics(service: SpeedtestService): readonly Metric[] {
  const labels = ['line', 'engine', 'family'] as const;
  const each = (value: (test: SpeedTest) => number | null) => () =>
    service.lines.flatMap((line) => {
      const test = service.latest(line);
      const number = test === null ? null : value(test);
      if (test === null || number === null) return [];
      return [{ labels: { line, engine: test.engine, family: test.family ?? '' }, value: number }];
    });
  const ofTest = (name: string, help: string, value: (test: SpeedTest) => number | null): Metric => ({
    name,
    help,
    type: 'gauge',
    labels,
    collect: each(value),
  });
  const bits = (mbps: number | null) => (mbps === null ? null : mbps * 1e6);
  const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);
  const byLine = (name: string, help: string, value: (line: string) => number): Metric => ({
    name,
    help,
    type: 'gauge',
    labels: ['line'],
    collect: () => service.lines.map((line) => ({ labels: { line }, value: value(line) })),
  });
  return [
    ofTest('speedtest_download_bits_per_second', 'Capacity downwards', (test) => bits(test.downloadMbps)),
    ofTest('speedtest_upload_bits_per_second', 'Capacity upwards', (test) => bits(test.uploadMbps)),
    ofTest('speedtest_idle_rtt_seconds', 'Round-trip time before the load', (test) => seconds(test.idleMs)),
    ofTest('speedtest_loaded_down_rtt_seconds', 'Round-trip time under a download', (test) =>
      seconds(test.loadedDownMs),
    ),
    ofTest('speedtest_loaded_up_rtt_seconds', 'Round-trip time under an upload', (test) =>
      seconds(test.loadedUpMs),
    ),
    ofTest('speedtest_responsiveness_rpm', 'Round trips a minute under load', (test) => test.rpm),
    ofTest(
      'speedtest_timestamp_seconds',
      'When the newest test that measured something was made',
      (test) => Date.parse(test.at) / 1000,
    ),
    byLine('speedtest_month_bytes', 'Bytes of speed tests this month', (line) => service.spent(line).bytes),
    byLine('speedtest_running', 'Whether a test loads the line now', (line) =>
      service.isRunning(line) ? 1 : 0,
    ),
  ];
}
