import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, loadEnv } from "vite";

// Everything is served by our own program: the build goes where the Python wheel takes it from.
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  build: { outDir: "../dispatch/static", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 1200 },
  worker: { format: "es" },
  server: { proxy: { "/api": loadEnv(mode, ".", "GRID_DISPATCH").GRID_DISPATCH_URL ?? "http://127.0.0.1:8000" } },
}));
