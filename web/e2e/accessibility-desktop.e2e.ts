import { testEveryPage } from './accessible-pages.ts';
import { desktop } from './browser.ts';

testEveryPage(desktop);
