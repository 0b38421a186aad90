import { AppError } from '../../core/errors.ts';
import type {
  Anchor,
  MeasurementStore,
  MinutePacket,
  SeriesKey,
  SqlValue,
  StateStore,
  Store,
  StoreHealth,
} from '../../core/storing.ts';

const notHere = (what: string) => () =>
  Promise.reject(new AppError('NOT_IN_FAKE', `the fake store does not answer ${what}`));

/** Remembers what it is given. Queries belong to tests with a real store. */
export class FakeStore implements Store {
  readonly packets: MinutePacket[] = [];
  readonly series: SeriesKey[] = [];
  readonly written: { sql: string; parameters?: readonly SqlValue[] }[] = [];
  healthNow: Partial<StoreHealth> = {};
  anchor: Anchor | null = null;

  readonly measurements: MeasurementStore = {
    openSeries: async (key) => {
      const known = this.series.findIndex((other) => JSON.stringify(other) === JSON.stringify(key));
      return known >= 0 ? known + 1 : this.series.push(key);
    },
    append: (packet) => this.packets.push(packet),
    setAnchor: (anchor) => {
      this.anchor = anchor;
    },
    flush: async () => undefined,
    points: notHere('points'),
    pointRows: notHere('pointRows'),
    statistics: notHere('statistics'),
    heatmap: notHere('heatmap'),
    samples: notHere('samples'),
    extent: notHere('extent'),
    importHour: notHere('importHour'),
  };

  readonly state: StateStore = {
    all: async () => [],
    write: async (statements) => {
      this.written.push(...statements);
      return statements.map((_, index) => ({ lastId: this.written.length + index, changes: 1 }));
    },
  };

  async health(): Promise<StoreHealth> {
    return {
      state: 'ok',
      message: null,
      wasUnclean: false,
      recovered: [],
      lastCommitAtMs: null,
      pendingPackets: 0,
      droppedPackets: 0,
      measurementBytes: 0,
      stateBytes: 0,
      previousAliveMs: null,
      ...this.healthNow,
    };
  }

  onHealthChange(): () => void {
    return () => undefined;
  }

  backup = notHere('backup');
  stageRestore = notHere('stageRestore');
}
