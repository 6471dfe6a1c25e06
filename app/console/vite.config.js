// How the console is built: one page under /console, its files under /console/assets; `npm run dev` asks a server on port 8000.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig } from "vite";

/** Beside each script and style its smaller forms, which the server sends to browsers that take them. */
const packed = {
  name: "packed",
  closeBundle() {
    const folder = new URL("dist/assets/", import.meta.url);
    for (const name of readdirSync(folder).filter((one) => /\.(js|css|svg)$/.test(one))) {
      const text = readFileSync(new URL(name, folder));
      writeFileSync(new URL(`${name}.gz`, folder), gzipSync(text, { level: 9 }));
      writeFileSync(new URL(`${name}.br`, folder), brotliCompressSync(text));
    }
  },
};

export default defineConfig({
  base: "/console/",
  plugins: [packed],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
  server: {
    proxy: Object.fromEntries(
      ["/console/api", "/v1_1", "/v2", "^/[^/@]+/(image|video|raw)/"].map((path) => [path, { target: "http://127.0.0.1:8000" }]),
    ),
  },
});
