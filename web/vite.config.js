import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, loadEnv } from "vite";
import { phoneWorker } from "./technician/worker/plugin.js";

/** Which addresses belong to which face, by prefix; the first that fits wins. Our server reads the same list out of the build. */
const faces = JSON.parse(readFileSync(new URL("faces.json", import.meta.url), "utf8"));
const faceOf = (path) => Object.entries(faces).find(([prefix]) => prefix === "/" || path === prefix || path.startsWith(`${prefix}/`))[1];

/** The list goes with the build, and Vite's own server answers as ours does. */
function doors() {
  return {
    name: "doors",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "faces.json", source: JSON.stringify(faces) });
    },
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const [path, query] = request.url.split("?");
        const isPage = request.headers.accept?.includes("text/html") && !path.startsWith("/api/") && !/\.\w+$/.test(path);
        if (isPage) request.url = `/${faceOf(path)}/index.html${query ? `?${query}` : ""}`;
        next();
      });
    },
  };
}

/** Beside each built file its brotli and gzip, made once here instead of at each request. */
function compressed() {
  let folder = "";
  const ways = {
    br: (plain) => promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }),
    gz: (plain) => promisify(gzip)(plain, { level: 9 }),
  };
  async function write(name, ending) {
    const plain = readFileSync(join(folder, name));
    const small = await ways[ending](plain);
    if (small.length < plain.length) writeFileSync(join(folder, `${name}.${ending}`), small);
  }
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir, config.build.assetsDir);
    },
    async closeBundle() {
      const names = readdirSync(folder).filter((name) => /\.(js|mjs|css|svg|json)$/.test(name));
      await Promise.all(names.flatMap((name) => Object.keys(ways).map((ending) => write(name, ending))));
    },
  };
}

// Everything is served by our own program: the build goes where the Python wheel takes it from.
export default defineConfig(({ mode }) => ({
  appType: "mpa",
  plugins: [svelte(), doors(), phoneWorker(), compressed()],
  build: {
    outDir: "../dispatch/static",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { input: Object.fromEntries(Object.values(faces).map((face) => [face, `${face}/index.html`])) },
  },
  worker: { format: "es" },
  test: { testTimeout: 30_000, include: [`{${["shared", ...Object.values(faces)].join()}}/**/*.test.ts`], setupFiles: ["./vitest.setup.ts"] },
  server: { proxy: { "/api": loadEnv(mode, ".", "GRID_DISPATCH").GRID_DISPATCH_URL ?? "http://127.0.0.1:8000" } },
}));
