import { defineConfig } from 'vite';
import { packageList } from './packages.ts';

// The page is served by the appliance under a policy without inline scripts and styles, and from its own origin only.
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [packageList()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true, // read by the size test
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    sourcemap: false,
    rolldownOptions: {
      output: {
        // Two shared pieces instead of one for every pair of pages that have something in common.
        codeSplitting: {
          groups: [
            { name: 'lit', test: /node_modules[\\/](lit|@lit)/, priority: 2 },
            {
              name: 'plot',
              test: /node_modules[\\/]uplot|src[\\/]charts[\\/](plot-frame|canvas-label|scale)/,
              priority: 2,
            },
          ],
        },
      },
    },
  },
});
