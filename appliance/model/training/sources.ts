import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { HourlySeries } from '../../core/forecasting.ts';
import { readSeriesFile, seriesFiles } from '../series-file.ts';

/** Where the lines that the shipped model learnt from were published. They themselves are not part of the product. */
export const publicSources: Readonly<Record<string, { from: string; licence: string }>> = {
  bigreds: { from: 'BigRedS/SGL: live/speedtest.log', licence: 'none stated' },
  dovissz: { from: 'dovissz/RpiSpeedTest: internet_speed_log.csv', licence: 'none stated' },
  guidoism: { from: 'guidoism/network_monitor: speed.csv', licence: 'none stated' },
  jackcarter: { from: 'jackcarter/jackcarter.github.io: data/speedtest.csv', licence: 'none stated' },
  klimburg: { from: 'klimburg/InternetSpeedDash: data/speedtest.csv', licence: 'MIT' },
  'menisadi-early': { from: 'menisadi/ping_logger: pings.csv', licence: 'GPL-3.0' },
  'paulologeh-ee': { from: 'paulologeh/isp-speed: desktop/speed_data.csv', licence: 'none stated' },
  'paulologeh-virgin': { from: 'paulologeh/isp-speed: desktop/speed_data.csv', licence: 'none stated' },
  'paulologeh-vodafone': { from: 'paulologeh/isp-speed: desktop/speed_data.csv', licence: 'none stated' },
  sebarade: { from: 'SebaRade/Internet_speed: speed.csv', licence: 'none stated' },
};

export interface TrainingFile {
  name: string;
  sha256: string;
  from: string;
  licence: string;
  series: HourlySeries[];
}

/** Lines of one household are told by the name before the first hyphen; they must never be split between two folds. */
export const householdOf = (name: string) => name.split('-')[0] ?? name;

export async function readTrainingFiles(folder: string): Promise<TrainingFile[]> {
  const files: TrainingFile[] = [];
  for (const path of await seriesFiles(folder)) {
    const series = (await readSeriesFile(path)).filter(({ samples }) => samples > 0);
    const name = series[0]?.name ?? basename(path);
    const known = publicSources[name] ?? { from: 'a folder of yours', licence: 'not known' };
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    files.push({ name, sha256, series, ...known });
  }
  return files;
}
