import { appliance } from '../lib/appliance.ts';
import { placeOf } from './places.ts';

// This file stays small: the snapshots, the shell and the page are then fetched side by side.
appliance.start();
void placeOf(location.pathname)
  ?.load()
  .catch(() => undefined); // the shell asks again and says so
void import('./app.ts');
