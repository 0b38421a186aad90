import { testEveryPage } from './accessible-pages.ts';
import { phone } from './browser.ts';

testEveryPage(phone);
