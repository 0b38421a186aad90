/** What the service and the generator's thread say to each other. */
import type {
  LoadReport,
  LoadRequest,
  LoadSample,
  RemoteCount,
  ServedLoad,
  ServeRequest,
} from '../../core/load.ts';

export type ToThread =
  | { kind: 'start'; id: number; request: LoadRequest }
  | { kind: 'add-streams'; id: number; count: number }
  /** `fd` belongs to the thread from now on. */
  | { kind: 'serve'; id: number; fd: number; head: Uint8Array; request: ServeRequest }
  | { kind: 'stop'; id: number };

export type FromThread =
  | { kind: 'sample'; id: number; sample: LoadSample }
  | { kind: 'remote'; id: number; count: RemoteCount }
  | { kind: 'done'; id: number; report: LoadReport }
  | { kind: 'served'; id: number; served: ServedLoad };
