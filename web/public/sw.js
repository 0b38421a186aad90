/**
 * Keeps the shell of the dashboard, so that an installed app opens while the box is away and says so. It never keeps what
 * the appliance measures: nothing below /api is touched. Pages come from the box whenever it answers, so an update is
 * there with the next visit; files with a hash in their name never change.
 */
const cacheName = 'ist-shell-1';
const page = '/';
/** Plain files that the page needs beside those with a hash. */
const shell = new Set(['/theme.js', '/icon.svg', '/manifest.webmanifest', '/icon-192.png']);
/** Of a few builds; the oldest go first. */
const mostFiles = 120;
/** A box that is far away or busy should not keep anybody from the shell for longer. */
const patienceMs = 4000;

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (!/^\/(api|metrics|health)(\/|$)/.test(pathname)) event.respondWith(freshPage(request));
  } else if (pathname.startsWith('/assets/')) event.respondWith(keptFile(request));
  else if (shell.has(pathname)) event.respondWith(freshFile(request));
});

self.addEventListener('push', (event) => {
  event.waitUntil(show(event.data));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.path));
});

async function keepShell() {
  const cache = await caches.open(cacheName);
  await cache.addAll([page, ...shell]);
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)));
}

/** Every page is the same document; the box has the newest. */
async function freshPage(request) {
  const cache = await caches.open(cacheName);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(patienceMs) });
    // Where TLS has been switched on meanwhile this leads there; a redirect is never kept.
    if (response.ok && !response.redirected) await cache.put(page, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(page);
    if (kept) return kept;
    throw error;
  }
}

async function freshFile(request) {
  const cache = await caches.open(cacheName);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}

async function keptFile(request) {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) {
    await cache.put(request, response.clone());
    const files = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith('/assets/'));
    await Promise.all(files.slice(0, Math.max(0, files.length - mostFiles)).map((old) => cache.delete(old)));
  }
  return response;
}

/** Browsers take the right to send messages away from whoever shows nothing, so something is shown in any case. */
async function show(data) {
  let message = { title: 'Internet Stability Tracker', body: '', tag: 'unread', path: page };
  try {
    message = { ...message, ...data.json() };
  } catch {
    message.body = 'A message could not be read.';
  }
  const { title, body, tag, path } = message;
  await self.registration.showNotification(title, {
    body,
    tag,
    icon: '/icon-192.png',
    badge: '/icon-192.png',
    renotify: true,
    data: { path },
  });
}

async function openPage(path) {
  // Only pages of ours, whatever the message says.
  const url = new URL(typeof path === 'string' && /^\/(?!\/)/.test(path) ? path : page, location.origin);
  const windows = await self.clients.matchAll({ type: 'window' });
  const [first] = windows;
  if (!first) return self.clients.openWindow(url.href);
  await first.focus();
  return first.navigate(url.href);
}
