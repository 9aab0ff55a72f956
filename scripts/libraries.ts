// Libraries of hundreds of files, each made one file: what a start of ours costs is mostly how many files it reads. They go
// into the folder named, for the launcher to find (bin/libraries.cjs); without it everything works, and starts slower. What
// is named by CommonJS alone stays as it is: its names are not known before it runs.

import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

/** By the names under which they are imported. */
const NAMES = ["typebox", "typebox/compile", "typebox/schema", "typebox/value", "ethers", "kysely"];

export async function bundleLibraries(into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: into,
      target: "node24",
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(
          NAMES.map((name) => [name.replaceAll("/", "-"), fileURLToPath(import.meta.resolve(name))]),
        ),
        preserveEntrySignatures: "strict",
        output: { entryFileNames: "[name].mjs", chunkFileNames: "part-[hash].mjs" },
      },
    },
  });
}

if (import.meta.main) await bundleLibraries("node_modules/.libraries");
