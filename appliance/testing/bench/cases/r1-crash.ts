import { hasProgram } from '../../lab/processes.ts';
import { drill } from '../../power-loss/drill.ts';
import { type BenchCase, count, NotMeasured } from '../case.ts';

export const crash: BenchCase = {
  id: 'R1',
  title: 'crash states replayed: recorded writes, torn and dropped',
  run: async (bench) => {
    if (!hasProgram('cc')) throw new NotMeasured('needs cc (apt-get install gcc)');
    const points = bench.isFull ? 10_000 : 1000;
    const real = drill({ points, minutes: bench.isFull ? 600 : 200, durability: 'full', seed: 5 });
    const control = drill({ points: 100, minutes: 60, durability: 'off', seed: 5 });
    const note = `${real.points} states of the real store, ${bench.isFull ? '' : '10,000 with --full; '}checked page by page`;
    return [
      {
        what: 'corrupt',
        ours: count(real.corrupt),
        peer: null,
        target: '0',
        isMet: real.corrupt === 0,
        note,
      },
      {
        what: 'with an acknowledged commit lost',
        ours: count(real.lost),
        peer: null,
        target: '0',
        isMet: real.lost === 0 && real.points >= 1000,
        note,
      },
      {
        what: 'control run without sync, damaged',
        ours: count(control.corrupt + control.lost, `of ${control.points}`),
        peer: null,
        target: 'more than 0',
        isMet: control.corrupt + control.lost > 0,
        note: 'it must fail, else the replay does not bite',
      },
    ];
  },
};
