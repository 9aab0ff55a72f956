// Libraries of hundreds of files, each made one file: what a start of ours costs is mostly how many files it reads. They go
// into the folder named, for the launcher to find (bin/libraries.cjs); without it everything works, and starts slower.

// What @peculiar/x509 is made with wants it to be there.
import "reflect-metadata";
import { rmSync } from "node:fs";
import { build, type Plugin } from "vite";

/** By the names under which they are imported. */
const NAMES = [
  "typebox",
  "typebox/compile",
  "typebox/schema",
  "typebox/value",
  "ethers",
  "kysely",
  "yaml",
  "@peculiar/x509",
];

const AS_IMPORTED = "as-imported:";

/** What CommonJS exports is known when it has run: here, now. */
const asImported: Plugin = {
  name: AS_IMPORTED,
  resolveId: (id) => (id.startsWith(AS_IMPORTED) ? id : undefined),
  load: async (id) => {
    if (!id.startsWith(AS_IMPORTED)) return undefined;
    const library = id.slice(AS_IMPORTED.length);
    const all = Object.keys(await import(library));
    const names = all.includes("module.exports")
      ? all.filter((name) => !/^(default|module[.]exports)$/.test(name))
      : all;
    return `export { ${names.join(", ")} } from ${JSON.stringify(library)};`;
  },
};

export async function bundleLibraries(into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    plugins: [asImported],
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: into,
      target: "node24",
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(NAMES.map((name) => [name.replaceAll("/", "-"), `${AS_IMPORTED}${name}`])),
        preserveEntrySignatures: "strict",
        output: { entryFileNames: "[name].mjs", chunkFileNames: "part-[hash].mjs" },
      },
    },
  });
}

if (import.meta.main) await bundleLibraries("node_modules/.libraries");
