// Runs a part of a figure in a network namespace that ends with it, and builds the native peer.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

/** Runs a command in a new namespace whose lo is up; gives what it printed. */
export function inNamespace(words: readonly string[], input = ""): string {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const start = ["--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  const { status, stdout, stderr } = spawnSync("unshare", [...user, ...start, ...words], {
    encoding: "utf8",
    input,
    maxBuffer: 1 << 28,
    env: { ...process.env, PATH },
  });
  if (status !== 0) throw new Error(`${words.slice(0, 3).join(" ")} ended with ${status}: ${stderr.slice(0, 400)}`);
  return stdout;
}

const CACHE = join(import.meta.dirname, "..", "node_modules", ".cache", "srwan-bench");

/** As above, but as the JavaScript that is shipped: a Node that strips types itself takes twice the memory. */
export function shippedPartInNamespace<T>(part: string, args: readonly string[]): T {
  return JSON.parse(inNamespace([process.execPath, "--expose-gc", shippedPart(part), ...args])) as T;
}

export const shippedPart = (part: string): string => shipped(join("bench", part));

/** The command line itself, as `srwan` is shipped. */
export const shippedMain = (): string => shipped(join("src", "cli", "main.ts"));

function shipped(file: string): string {
  const folder = join(CACHE, "shipped");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module","version":"0"}\n');
  const how = ["--noEmit", "false", "--allowImportingTsExtensions", "false", "--rewriteRelativeImportExtensions"];
  const root = join(import.meta.dirname, "..");
  const config = join(folder, "tsconfig.json");
  const compilerOptions = { rootDir: root, outDir: folder };
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions,
      include: [join(root, file)],
    }),
  );
  const { status, stdout } = spawnSync("tsc", ["-p", config, ...how], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} cannot be compiled: ${stdout}`);
  return join(folder, file.replace(/\.ts$/, ".js"));
}

/** Runs one of our own parts, a file beside this one, and reads the JSON value that it prints. */
export const partInNamespace = <T>(part: string, args: readonly string[]): T =>
  JSON.parse(inNamespace([process.execPath, "--expose-gc", join(import.meta.dirname, part), ...args])) as T;

/** A C peer, compiled where it is missing or old; gives the path of the program. */
export function native(name: string, flags: readonly string[] = ["-O2"]): string {
  mkdirSync(CACHE, { recursive: true });
  const [source, target] = [join(import.meta.dirname, "native", `${name}.c`), join(CACHE, name)];
  const { status, stderr } = spawnSync("cc", [...flags, "-o", target, source], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}.c cannot be built: ${stderr || "install a C compiler"}`);
  return target;
}
