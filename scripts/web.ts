// `make web`: builds the dashboard into dist/web, its files compressed as browsers take them. With --if-needed only where
// a source is younger than what was built. Says how large the page is on the wire.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const [source, target] = [join(root, "web"), join(root, "dist", "web")];

export type Built = {
  /** Of the scripts that the first page needs, as brotli. */
  readonly firstScriptOctets: number;
  readonly allScriptOctets: number;
};

export async function buildWeb({ ifNeeded = false } = {}): Promise<Built> {
  if (!ifNeeded || isStale()) {
    // Beside it, and then in its place: somebody may read it now.
    const fresh = `${target}-${process.pid}`;
    await build({
      root: source,
      configFile: false,
      logLevel: "error",
      oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
      build: {
        outDir: fresh,
        emptyOutDir: true,
        target: "es2022",
        // Inlined images would be the only reason to let data: run anything.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
      },
    });
    for (const name of filesOf(fresh)) compress(join(fresh, name));
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  }
  return sizes();
}

function isStale(): boolean {
  const page = join(target, "index.html");
  if (!existsSync(page)) return true;
  const built = statSync(page).mtimeMs;
  const sources = [
    ...filesOf(source).map((name) => join(source, name)),
    join(root, "package.json"),
    import.meta.filename,
  ];
  return sources.some((path) => statSync(path).mtimeMs > built);
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(folder, name)).isFile());

function compress(path: string): void {
  if (!/\.(html|js|css|svg|json)$/.test(path)) return;
  const plain = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
}

function sizes(): Built {
  const page = readFileSync(join(target, "index.html"), "utf8");
  const scripts = filesOf(target).filter((name) => name.endsWith(".js"));
  const octets = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + statSync(join(target, `${name}.br`)).size, 0);
  return {
    firstScriptOctets: octets(scripts.filter((name) => page.includes(`/${name}"`))),
    allScriptOctets: octets(scripts),
  };
}

if (process.argv[1] === import.meta.filename) {
  const { firstScriptOctets, allScriptOctets } = await buildWeb({ ifNeeded: process.argv.includes("--if-needed") });
  const kB = (octets: number) => `${(octets / 1_000).toFixed(1)} kB`;
  process.stdout.write(
    `dist/web: ${kB(firstScriptOctets)} of script for the first page, ${kB(allScriptOctets)} in all\n`,
  );
}
