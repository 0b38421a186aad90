import type { PushDevice, PushState } from '../../../appliance/features/tell/push/schema.ts';
import { getJson, sendJson } from './api.ts';

/** Why this browser cannot get messages; null when it can. */
export type Obstacle = 'insecure' | 'unable' | 'refused';

export function obstacle(): Obstacle | null {
  if (!isSecureContext) return 'insecure';
  if (!('serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis))
    return 'unable';
  return Notification.permission === 'denied' ? 'refused' : null;
}

export const readPush = (): Promise<PushState> => getJson<PushState>('/api/push');

export const sendTest = (device: number): Promise<PushDevice> =>
  sendJson<PushDevice>('POST', '/api/push/test', { device });

export const removeDevice = (device: number): Promise<PushState> =>
  sendJson<PushState>('DELETE', `/api/push/devices/${device}`);

/** The entry of this browser; null while it gets no messages. */
export async function ownDevice(devices: readonly PushDevice[]): Promise<PushDevice | null> {
  const subscription = await currentSubscription();
  if (subscription === null) return null;
  const mark = await markOf(subscription.endpoint);
  return devices.find((one) => one.mark === mark) ?? null;
}

/** Asks the person and the browser's maker, then tells the box. False when the person does not want it. */
export async function subscribe({ publicKey }: PushState): Promise<boolean> {
  if ((await Notification.requestPermission()) !== 'granted') return false;
  const registration = await navigator.serviceWorker.ready;
  const before = await registration.pushManager.getSubscription();
  // Bound to a key that this box no longer has, or never had.
  if (before && toText(before.options.applicationServerKey) !== publicKey) await before.unsubscribe();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  const { endpoint, keys } = subscription.toJSON();
  await sendJson<PushDevice>('POST', '/api/push/devices', { endpoint, keys });
  return true;
}

/** What the browser itself remembers; the box is told with `removeDevice`. */
export async function unsubscribe(): Promise<void> {
  await (await currentSubscription())?.unsubscribe();
}

async function currentSubscription(): Promise<PushSubscription | null> {
  if (obstacle() !== null) return null;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** The same as the box makes of an address. */
async function markOf(endpoint: string): Promise<string> {
  return toText(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint))).slice(0, 16);
}

/** base64url */
function toText(bytes: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
