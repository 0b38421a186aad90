/** Goes to a page of this app; `replace` for a change that the back button should skip. */
export function go(url: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'replace') history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  dispatchEvent(new Event('ist-navigate'));
}

/** Turns clicks on links of this app into navigation, wherever they are in the shadow trees. */
export function followLinks(event: MouseEvent, isOurs: (path: string) => boolean): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event
    .composedPath()
    .find((node) => node instanceof HTMLAnchorElement || node instanceof SVGAElement);
  if (!link || link.hasAttribute('target') || link.hasAttribute('download')) return;
  const address = new URL(link.getAttribute('href') ?? '', location.href);
  if (address.origin !== location.origin || !isOurs(address.pathname) || address.hash !== '') return;
  event.preventDefault();
  if (address.href !== location.href) go(address.href);
}
