import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** What the SDK has of Node stands for nothing in a browser. */
const absent = fileURLToPath(new URL("../sdk/src/browser/absent.ts", import.meta.url));
/** Whether a text is an address: the tables of keys ask. */
const addresses = fileURLToPath(new URL("src/node-net.ts", import.meta.url));

export default defineConfig({
  base: "/ui/",
  resolve: {
    conditions: ["@lodge/source", "module", "browser", "production"],
    alias: [
      { find: /^node:(stream|stream\/consumers|timers\/promises|path)$/, replacement: absent },
      { find: "node:net", replacement: addresses },
    ],
  },
  build: {
    outDir: "dist/web",
    emptyOutDir: true,
    target: "es2022",
    // No script in the page: the policy forbids it.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      onwarn(warning, warn) {
        // "use client" is for servers that render React: there is none.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
});
