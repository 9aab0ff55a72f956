// Compiles Solidity with solc-js, offline and always alike: fixed settings, no metadata hash, sources by their names.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const CONTRACTS = "src/settlement/contracts";

/** File name → text. */
export type Sources = Readonly<Record<string, string>>;
export type Compiled = { readonly abi: readonly unknown[]; readonly bytecode: string; readonly octets: number };
export type Settings = Readonly<Record<string, unknown>>;

type Message = {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { file: string };
};
type Artifact = { abi: unknown[]; evm?: { bytecode: { object: string }; deployedBytecode: { object: string } } };
type Output = { readonly errors?: Message[]; readonly contracts?: Record<string, Record<string, Artifact>> };
type Solc = { compile(input: string, callbacks: object): string; version(): string };

/** Legacy code generation: through the intermediate language it takes five times as long and gains little here. */
export const SETTINGS: Settings = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 1_000_000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
};

/** For what only tests deploy: what makes code small enough for a live chain, without the steps that take most of the time. */
export const QUICK_SETTINGS: Settings = {
  ...SETTINGS,
  optimizer: {
    enabled: true,
    details: {
      peephole: true,
      inliner: false,
      jumpdestRemover: true,
      orderLiterals: false,
      deduplicate: true,
      cse: false,
      constantOptimizer: true,
      yul: false,
    },
  },
};

const solc = (): Solc => createRequire(import.meta.url)("solc") as Solc;

export const compilerVersion = (): string => solc().version();

export const projectSources = (): Sources =>
  Object.fromEntries(
    readdirSync(CONTRACTS)
      .filter((name) => name.endsWith(".sol"))
      .map((name) => [name, readFileSync(join(CONTRACTS, name), "utf8")]),
  );

/** What the compiler says to one input; warnings about other people's sources and tests' are left out, unless all are wanted. */
export function runCompiler(sources: Sources, settings: Settings, wanted: Settings, all = false): Output {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings: { ...settings, outputSelection: wanted },
  };
  const find = (path: string) => {
    const file = join("node_modules", path);
    return path.startsWith("@openzeppelin/") && existsSync(file)
      ? { contents: readFileSync(file, "utf8") }
      : { error: `${path} is neither ours nor OpenZeppelin's` };
  };
  const output = JSON.parse(solc().compile(JSON.stringify(input), { import: find })) as Output;
  const ours = (output.errors ?? []).filter(
    ({ severity, sourceLocation }) => all || severity === "error" || !/^(@|test\/)/.test(sourceLocation?.file ?? ""),
  );
  return { ...output, errors: ours };
}

/** Contracts by name; a warning is an error. */
export const compile = (sources: Sources): Record<string, Compiled> =>
  Object.fromEntries(compileFiles(sources, ["*"], SETTINGS).map(({ name, compiled }) => [name, compiled]));

/** Code is made for the files that are named and no others; what has none of its own is left out. */
export function compileFiles(
  sources: Sources,
  only: readonly string[],
  settings = QUICK_SETTINGS,
): { readonly file: string; readonly name: string; readonly compiled: Compiled }[] {
  const parts = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"];
  const wanted = Object.fromEntries(only.map((file) => [file, { "*": parts }]));
  const { errors = [], contracts = {} } = runCompiler(sources, settings, wanted);
  if (errors.length) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return Object.entries(contracts)
    .filter(([file]) => !file.startsWith("@"))
    .flatMap(([file, inFile]) => Object.entries(inFile).map(([name, artifact]) => ({ file, name, artifact })))
    .filter(({ artifact }) => (artifact.evm?.bytecode.object.length ?? 0) > LIBRARY_DIGITS)
    .map(({ file, name, artifact: { abi, evm } }) => {
      const octets = (evm?.deployedBytecode.object.length ?? 0) / 2;
      return { file, name, compiled: { abi, bytecode: `0x${evm?.bytecode.object}`, octets } };
    });
}

/** A library whose functions are all internal leaves a stub behind. */
const LIBRARY_DIGITS = 200;
