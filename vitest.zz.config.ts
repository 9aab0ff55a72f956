// One project a layer: where its tests are and how they run. scripts/test.ts runs the layers in order.

import { defineConfig } from "vitest/config";

/** Layers without processes of their own: what fails there once is wrong. */
const CALM = new Set(["unit", "house", "yang"]);

const layer = (name: string, include: string, testTimeout: number, serial = false, isolate = true) => ({
  test: {
    name,
    include: [include],
    testTimeout,
    hookTimeout: testTimeout,
    fileParallelism: !serial,
    isolate,
    // Real processes on a busy machine: each of their tests has a second try, and the run says at its end which took it.
    retry: CALM.has(name) ? 0 : 1,
    pool: "forks" as const,
  },
});

export default defineConfig({
  test: {
    // Answers that pages show are written anew where this says so: SRWAN_REFRESH=1.
    update: process.env.SRWAN_REFRESH === "1",
    projects: [
      // Files of one process: to start one for each takes a third of the layer's time.
      layer("unit", "{src,bench}/**/*.test.ts", 20_000, false, false),
      layer("house", "test/house/*.test.ts", 20_000),
      layer("cli", "test/cli/*.test.ts", 60_000),
      layer("service", "test/service/*.test.ts", 60_000, true),
      ...["package", "deb"].map((name) => ({
        test: {
          ...layer(name, `test/package/${name}.test.ts`, 300_000, true).test,
          globalSetup: "test/package/build.ts",
        },
      })),
      {
        test: {
          ...layer("boot", "test/boot/*.test.ts", 120_000, true).test,
          globalSetup: "test/package/build.ts",
        },
      },
      layer("pulse", "test/pulse/*.test.ts", 120_000, true),
      layer("agent", "test/agent/*.test.ts", 120_000, true),
      layer("chain", "test/chain/*.test.ts", 120_000, false, false),
      layer("lab", "test/lab/*.test.ts", 120_000, true),
      layer("chaos", "test/chaos/*.test.ts", 120_000, true),
      layer("demo", "test/demo/*.test.ts", 240_000, true),
      layer("ansible", "test/ansible/collection.test.ts", 600_000, true),
      layer("ansible-wan", "test/ansible/{machines,life,roles}.test.ts", 1_200_000, true),
      layer("browser", "test/browser/*.test.ts", 120_000, true),
      layer("netconf", "test/netconf/*.test.ts", 60_000, true),
      layer("yang", "test/yang/*.test.ts", 120_000, true),
      layer("kernel", "test/kernel/*.test.ts", 120_000, true),
    ],
  },
});
