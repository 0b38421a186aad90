/** What is true of the speed now, in a sentence. Plain functions. */
import type { SpeedTest } from '../../../appliance/features/watch/speedtest/schema.ts';
import { rtt } from './format.ts';
import type { State } from './icons.ts';
import { addedMs, ago, failureOf, gradeState, rate } from './speed-format.ts';
import type { SpeedRun } from './speed-run.ts';
import { speedWords } from './words/speed.ts';

const words = speedWords.title;

export interface Sentence {
  state: State;
  text: string;
  /** When and with what. */
  beside: string;
}

/** Of the last tests of a line, newest first. */
export function sentenceOf(latest: readonly SpeedTest[], run: SpeedRun | null, nowMs: number): Sentence {
  const good = latest.find((test) => test.outcome === 'ok');
  const newest = latest[0];
  const when = good ? ago(Date.parse(good.at), nowMs) : '';
  if (run)
    return {
      state: 'unknown',
      text: words.running(speedWords.phase[run.progress.phase]),
      beside: good ? words.before(rate(good.downloadMbps), rate(good.uploadMbps), when) : '',
    };
  if (!newest) return { state: 'unknown', text: words.never, beside: '' };
  if (newest.outcome === 'failed') {
    const failed = words.failed(ago(Date.parse(newest.at), nowMs));
    return {
      state: 'down',
      text: newest.details?.failure ? `${failed} ${failureOf(newest)}` : failed,
      beside: good ? words.before(rate(good.downloadMbps), rate(good.uploadMbps), when) : words.noneGood,
    };
  }
  if (!good) return { state: 'unknown', text: words.noneGood, beside: failureOf(newest) ?? '' };
  return {
    state: good.grade === null ? 'up' : gradeState(good.grade),
    text: [rates(good), delays(good)].filter(Boolean).join(' '),
    beside: words.ago(when, speedWords.with(speedWords.engine[good.engine], good.server)),
  };
}

function rates({ downloadMbps, uploadMbps }: SpeedTest): string {
  if (downloadMbps !== null && uploadMbps !== null) return words.ok(rate(downloadMbps), rate(uploadMbps));
  if (downloadMbps !== null) return words.oneWay(speedWords.ways.down, rate(downloadMbps));
  return uploadMbps === null ? words.noneGood : words.oneWay(speedWords.ways.up, rate(uploadMbps));
}

/** From here on a call notices; DSLReports' cut between A and B. */
const noticeableMs = 30;

function delays(test: SpeedTest): string {
  const down = addedMs(test.loadedDownMs, test.idleMs);
  const up = addedMs(test.loadedUpMs, test.idleMs);
  const worst = Math.max(down ?? -1, up ?? -1);
  if (worst < 0) return '';
  if (worst < noticeableMs) return words.calm;
  return words.delayed(worst === up ? speedWords.ways.up : speedWords.ways.down, rtt(worst));
}
