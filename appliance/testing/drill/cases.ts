import type { DrillCase } from './case.ts';
import { familyFaults } from './cases/families.ts';
import { houseCases } from './cases/house.ts';
import { labFaults } from './cases/lab-faults.ts';
import { shortCuts } from './cases/short-cuts.ts';
import { variants } from './cases/variants.ts';

/** Everything the drill goes through. */
export const cases: readonly DrillCase[] = [
  ...labFaults,
  ...familyFaults,
  ...shortCuts,
  ...houseCases,
  ...variants,
];

/** The cases of these names, `name*` for all that begin so; all of them when there are none. */
export function chooseCases(names: readonly string[]): DrillCase[] {
  for (const name of names)
    if (!cases.some((each) => isMeant(each, name)))
      throw new Error(`no case ${name}; there are ${cases.map((each) => each.name).join(' ')}`);
  return cases.filter((each) => names.length === 0 || names.some((name) => isMeant(each, name)));
}

function isMeant({ name }: DrillCase, wanted: string): boolean {
  return wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}
