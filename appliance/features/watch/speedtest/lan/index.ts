import type { FeatureContext, FeatureParts } from '../../../../core/feature.ts';
import { LanEndpoint } from './endpoint.ts';
import { lanRoutes, ndt7Routes } from './routes.ts';

/** The Wi-Fi test's other end as parts of the feature; `isTesting` says that the Internet is being tested now. */
export function lanParts(
  context: Pick<FeatureContext, 'clock' | 'config' | 'link' | 'load'>,
  isTesting: () => boolean,
): Required<Pick<FeatureParts, 'start' | 'stop' | 'routes' | 'upgrades'>> & { endpoint: LanEndpoint } {
  const { clock, config, link, load } = context;
  const endpoint = new LanEndpoint({ isOn: () => config.current.speedtest.lanEndpoint, isTesting });
  const look = async () => endpoint.nearness.update(await link.read());
  let forget = (): void => undefined;
  return {
    endpoint,
    async start() {
      forget = link.onChange(() => void look());
      await look();
    },
    stop: () => forget(),
    routes: lanRoutes(endpoint, clock),
    upgrades: ndt7Routes(endpoint, load),
  };
}
