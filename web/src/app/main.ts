import { appliance } from '../lib/appliance.ts';
import './app.ts';

// The snapshots are asked for while the page's own code is still being read.
appliance.start();
