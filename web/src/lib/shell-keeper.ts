/** The worker that keeps the shell and shows messages; see public/sw.js. */
export async function keepShell(): Promise<void> {
  try {
    await navigator.serviceWorker?.register('/sw.js', { updateViaCache: 'none' });
  } catch (error) {
    // A certificate that the browser does not believe, or storage that it refuses: everything else works all the same.
    console.info('this browser keeps no copy of the page', error);
  }
}
