import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const serverPort = process.env.SMP_PORT ?? "8080";

export default defineConfig({
  base: "/portal/",
  plugins: [react()],
  server: {
    proxy: {
      "/api": `http://127.0.0.1:${serverPort}`,
      "/media": `http://127.0.0.1:${serverPort}`,
      "/session": `http://127.0.0.1:${serverPort}`,
    },
  },
  build: {
    // Charts are the one large part; they are a chunk of their own, loaded by the statistics pages
    // only.
    chunkSizeWarningLimit: 700,
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/testing/setup.ts"],
    css: false,
    testTimeout: 20_000,
    env: { TZ: "Europe/Berlin" },
  },
});
