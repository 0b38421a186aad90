import { type BenchCase, NotMeasured } from '../case.ts';

export const crash: BenchCase = {
  id: 'R1',
  title: 'crash states replayed',
  run: async () => {
    throw new NotMeasured('no replay of crash states is in this tree');
  },
};
