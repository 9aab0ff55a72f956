// Compiles Solidity with solc-js, offline and always alike: fixed settings, no metadata hash, sources by their names.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const CONTRACTS = "src/settlement/contracts";

/** File name → text. */
export type Sources = Readonly<Record<string, string>>;
export type Compiled = { readonly abi: readonly unknown[]; readonly bytecode: string; readonly octets: number };
export type Settings = Readonly<Record<string, unknown>>;

type Message = { readonly severity: string; readonly formattedMessage: string; readonly sourceLocation?: { file: string } };
type Artifact = { abi: unknown[]; evm?: { bytecode: { object: string }; deployedBytecode: { object: string } } };
type Output = { readonly errors?: Message[]; readonly contracts?: Record<string, Record<string, Artifact>> };
type Solc = { compile(input: string, callbacks: object): string; version(): string };

/** Legacy code generation: through the intermediate language it takes five times as long and gains little here. */
export const SETTINGS: Settings = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 10_000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
};

const solc = (): Solc => createRequire(import.meta.url)("solc") as Solc;

export const compilerVersion = (): string => solc().version();

export const projectSources = (): Sources =>
  Object.fromEntries(
    readdirSync(CONTRACTS)
      .filter((name) => name.endsWith(".sol"))
      .map((name) => [name, readFileSync(join(CONTRACTS, name), "utf8")]),
  );

/** What the compiler says to one input; messages about other people's sources are left out. */
export function runCompiler(sources: Sources, settings: Settings, wanted: Settings): Output {
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
    ({ severity, sourceLocation }) => severity === "error" || !sourceLocation?.file.startsWith("@"),
  );
  return { ...output, errors: ours };
}

/** Contracts by name; a warning is an error. With `only`, code is made for those files and no others. */
export function compile(sources: Sources, only: readonly string[] = ["*"]): Record<string, Compiled> {
  const parts = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"];
  const wanted = Object.fromEntries(only.map((file) => [file, { "*": parts }]));
  const { errors = [], contracts = {} } = runCompiler(sources, SETTINGS, wanted);
  if (errors.length) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const made = Object.entries(contracts)
    .filter(([file]) => !file.startsWith("@"))
    .flatMap(([file, inFile]) => Object.entries(inFile).map(([name, artifact]) => ({ file, name, artifact })))
    .filter(({ artifact }) => (artifact.evm?.bytecode.object.length ?? 0) > 200);
  return Object.fromEntries(
    made.map(({ name, artifact }) => [
      name,
      {
        abi: artifact.abi,
        bytecode: `0x${artifact.evm?.bytecode.object}`,
        octets: (artifact.evm?.deployedBytecode.object.length ?? 0) / 2,
      },
    ]),
  );
}
