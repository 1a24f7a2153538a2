import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/** What the first screen may weigh on the way, in bytes as gzip packs it. */
const MOST = { script: 90_000, all: 120_000 };
const FACE = "technician/index.html";

/** The service worker of the phone, with the list of the files that it keeps; and a limit for the first screen. */
export function phoneWorker() {
  let config;
  return {
    name: "phone-worker",
    apply: "build",
    configResolved(resolved) {
      config = resolved;
    },
    async writeBundle({ dir }, bundle) {
      const entry = Object.values(bundle).find((chunk) => chunk.type === "chunk" && chunk.isEntry && chunk.facadeModuleId?.endsWith(FACE));
      if (!entry) this.error("the phone's page is not in the build");
      const first = reached(bundle, [entry.fileName], (chunk) => chunk.imports);
      const all = reached(bundle, [entry.fileName], (chunk) => [...chunk.imports, ...chunk.dynamicImports, ...(chunk.referencedFiles ?? [])]);
      const later = [...all].filter((name) => !first.has(name));
      weigh(this, dir, first);
      const beside = readdirSync(join(dir, "phone")).map((name) => `phone/${name}`);
      const paths = (names) => [...names].sort().map((name) => `/${name}`);
      const shell = ["/technician", "/phone.webmanifest", ...paths(beside), ...paths(first)];
      const version = createHash("sha256");
      for (const name of [FACE, "phone.webmanifest", ...beside, ...[...all].sort()]) version.update(name).update(readFileSync(join(dir, name)));
      await build({
        configFile: false,
        root: config.root,
        publicDir: false,
        logLevel: "warn",
        define: { SHELL_FILES: JSON.stringify(shell), LATER_FILES: JSON.stringify(paths(later)), VERSION_NAME: JSON.stringify(version.digest("hex").slice(0, 12)) },
        build: {
          outDir: dir,
          emptyOutDir: false,
          target: "es2022",
          lib: { entry: fileURLToPath(new URL("worker.ts", import.meta.url)), formats: ["iife"], name: "phoneWorker", fileName: () => "phone-worker.js" },
        },
      });
    },
  };
}

/** The files that are loaded with these, styles included. */
function reached(bundle, names, next) {
  const found = new Set();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || !bundle[name]) continue;
    found.add(name);
    const chunk = bundle[name];
    if (chunk.type !== "chunk") continue;
    open.push(...next(chunk), ...(chunk.viteMetadata?.importedCss ?? []), ...(chunk.viteMetadata?.importedAssets ?? []));
  }
  return found;
}

function weigh(build, dir, names) {
  const packed = (name) => gzipSync(readFileSync(join(dir, name)), { level: 9 }).length;
  const script = [...names].filter((name) => name.endsWith(".js")).reduce((sum, name) => sum + packed(name), 0);
  const all = [...names].reduce((sum, name) => sum + packed(name), 0);
  build.info(`the phone's first screen: ${script} bytes of script, ${all} with style`);
  if (script > MOST.script || all > MOST.all) build.error(`the phone's first screen weighs ${script} bytes of script and ${all} with style: at most ${MOST.script} and ${MOST.all}. Load later what it does not need.`);
}
