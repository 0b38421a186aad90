/** The settings of the replay: the appliance's own configuration over a file that is thrown away, and its own list of services. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenedConfig, openConfig } from '../../appliance/config/load.ts';
import { systemClock } from '../../appliance/core/clock.ts';
import { AppError } from '../../appliance/core/errors.ts';
import type { Feature } from '../../appliance/core/feature.ts';
import type { Log } from '../../appliance/core/log.ts';
import type { OutsideEntry } from '../../appliance/features/keep/consent/schema.ts';
import { httpConfig } from '../../appliance/http/config.ts';
import { storeConfig } from '../../appliance/store/config.ts';
import { FakeBridge } from '../../appliance/testing/fakes/bridge.ts';
import { type Reply, refuse } from './replay-door.ts';

/** By a name that the compiler does not follow: the features are typed for Node alone, this folder for browsers too. */
const featuresFile = new URL('../../appliance/features.ts', import.meta.url).href;
const { features } = (await import(featuresFile)) as { features: readonly Feature[] }; // what that file exports

const ignore = () => undefined;
const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log };
const ok = (body: unknown): Reply => ({ status: 200, body });

export class ReplaySettings {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ist-replay-'));
  readonly #config: Promise<OpenedConfig>;

  constructor() {
    this.#config = openConfig({
      sections: Object.assign(
        {},
        httpConfig,
        storeConfig,
        ...features.map((feature) => feature.config ?? {}),
      ),
      file: null,
      candidates: [join(this.#folder, 'ist.yaml')],
      lastGoodFile: null,
      log,
      clock: systemClock,
    });
  }

  isFor(path: string): boolean {
    return path === '/api/config' || path === '/api/mqtt' || path.startsWith('/api/consent');
  }

  async answer(method: string, path: string, sent: Record<string, unknown>): Promise<Reply | null> {
    const config = await this.#config;
    const { editor } = config.port;
    if (!editor) return null;
    const id = path.split('/')[3];
    try {
      switch (`${method} ${id === undefined ? path : '/api/consent/:id'}`) {
        case 'GET /api/config':
          return ok(editor.describe());
        case 'PATCH /api/config':
          await editor.set(String(sent.path), sent.value);
          return ok(editor.describe());
        case 'GET /api/mqtt':
          return ok(new FakeBridge().status());
        case 'GET /api/consent':
          return ok({ month: new Date().toISOString().slice(0, 7), services: this.#services(config) });
        case 'PUT /api/consent/:id':
          await editor.set(`consent.${id}`, sent.isOn);
          return ok(this.#services(config).find((one) => one.id === id));
        default:
          return null;
      }
    } catch (error) {
      if (error instanceof AppError) return refuse(error.status, error.code, error.message);
      throw error;
    }
  }

  async close(): Promise<void> {
    (await this.#config).stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #services(config: OpenedConfig): OutsideEntry[] {
    const { current } = config.port;
    return features
      .flatMap((feature) => feature.services ?? [])
      .map((service) => {
        const { id, kind, name, purpose, learns, protocol } = service;
        const hosts = typeof service.hosts === 'function' ? service.hosts(current) : service.hosts;
        const isService = service.kind === 'service';
        const setting = isService ? `consent.${id}` : service.setting;
        return {
          id,
          kind,
          name,
          purpose,
          learns,
          protocol,
          setting,
          hosts: [...hosts],
          bytesPerMonth:
            typeof service.bytesPerMonth === 'function'
              ? service.bytesPerMonth(current)
              : service.bytesPerMonth,
          isOn: isService ? config.get(setting) === true : hosts.length > 0,
          mayBeInside: false,
          lastContactAt: null,
          thisMonth: isService ? { contacts: 0, sentBytes: 0, receivedBytes: 0 } : null,
          total: isService ? { contacts: 0, sentBytes: 0, receivedBytes: 0, since: null } : null,
        };
      })
      .sort((a, b) => Number(a.kind === 'probing') - Number(b.kind === 'probing'));
  }
}
