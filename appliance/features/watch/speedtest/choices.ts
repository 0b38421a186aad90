/** Whom a test may measure with, by what the owner has configured and switched on. Pure. */
import type { EngineChoice } from './engine.ts';
import type { EngineName, SpeedTest, SpeedtestConfig } from './schema.ts';

/** As the contract of a run bounds them. */
const maxChoices = 8;

/** In order of preference: own servers, open platforms, then those with the more guarded terms. */
export const engineOrder = ['peer', 'mlab', 'librespeed', 'http', 'cloudflare', 'ookla'] as const;
/** Engines that find servers by themselves, once they are switched on. */
const selfFinding: readonly EngineName[] = ['mlab', 'librespeed', 'cloudflare', 'ookla'];

export interface Means {
  config: Pick<SpeedtestConfig, 'engine' | 'servers' | 'ooklaProgram'>;
  /** The outside service of an engine's own servers; null: it has none. */
  serviceOf(engine: EngineName): string | null;
  isOn(service: string): boolean;
}

export interface Readiness {
  isReady: boolean;
  why: string | null;
  /** The switch that it needs. */
  consent: string | null;
}

/** Whether an engine could run, and what is missing. */
export function readinessOf(engine: EngineName, { config, serviceOf, isOn }: Means): Readiness {
  const consent = selfFinding.includes(engine) ? serviceOf(engine) : null;
  const hasOwn = config.servers.some((server) => engineOf(server) === engine);
  if (hasOwn) return { isReady: true, why: null, consent: null };
  const missing = (why: string) => ({ isReady: false, why, consent });
  if (consent === null) return missing('No server of yours is configured in speedtest.servers.');
  if (engine === 'ookla' && config.ooklaProgram === null)
    return missing('Install the program and name its path in speedtest.ooklaProgram.');
  if (!isOn(consent)) return missing(`Not switched on in consent.${consent}.`);
  return { isReady: true, why: null, consent };
}

/** The choices of one engine: the owner's servers, else those that it finds. */
function choicesOf(engine: EngineName, means: Means): ChoiceWithFile[] {
  if (!readinessOf(engine, means).isReady) return [];
  const own = means.config.servers.filter((server) => engineOf(server) === engine);
  if (own.length === 0) return [{ engine, server: null }];
  return own.map(({ url, name, upload, isInside, caFile }) => ({
    engine,
    server: url,
    ...(name === undefined ? {} : { name }),
    ...(upload === undefined ? {} : { upload }),
    ...(isInside === undefined ? {} : { isInside }),
    ...(caFile === undefined ? {} : { caFile }),
  }));
}

/** The certificate of an authority is read when the test starts. */
export type ChoiceWithFile = EngineChoice & { caFile?: string };

/** Servers to try, best first; empty when nothing may be contacted. */
export function choicesFor(engine: EngineName | 'auto', means: Means): ChoiceWithFile[] {
  const engines = engine === 'auto' ? engineOrder : [engine];
  return engines.flatMap((each) => choicesOf(each, means)).slice(0, maxChoices);
}

/** The same with the server of a doubted result last; another engine would measure something else. */
export function avoiding(choices: readonly ChoiceWithFile[], server: string | null): ChoiceWithFile[] {
  const isAvoided = (choice: ChoiceWithFile) =>
    server !== null &&
    (choice.name === server || (choice.server !== null && hostOf(choice.server) === server));
  const [first] = choices;
  const same = choices.filter(({ engine }) => engine === first?.engine);
  const others = choices.filter(({ engine }) => engine !== first?.engine);
  return [...same.filter((one) => !isAvoided(one)), ...same.filter(isAvoided), ...others];
}

/** Whether everybody's tests meet there, so that a moment named by a person needs a random delay. */
export const isPublic = ({ server }: EngineChoice) => server === null;

/** The server as the retest has to know it again. */
export const serverOf = ({ server, details }: SpeedTest) => server ?? details?.host ?? null;

const engineOf = ({ engine }: SpeedtestConfig['servers'][number]): EngineName => engine ?? 'peer';

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url);
