/** What each place behind More is for, by its path. */
const english: Record<string, string> = {
  '/settings': 'Everything that can be configured, and who outside is contacted',
  '/about': 'Version, licences, and the fingerprints by which this box is known',
  '/access': 'Devices that are signed in, password, second factor, viewers, keys for programs',
};

export const moreWords: typeof english = english;
