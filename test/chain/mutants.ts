// Copies of the contracts with a defence taken out, all compiled at once, so that an attack can be shown to need it.

import { Interface, type InterfaceAbi } from "ethers";
import { type Compiled, compileFiles, projectSources, type Sources } from "../../scripts/solidity.ts";
import { CONTRACT_NAMES, type ContractName } from "../../src/settlement/chain/artifacts.ts";

/** In one file, this text and what stands in its place. */
export type Removal = { readonly file: string; readonly find: string; readonly put: string };

export type Code = { readonly interface: Interface; readonly bytecode: string };

/** By name of a mutant, the contracts that are others than ours. */
export function compileMutants(
  mutants: ReadonlyMap<string, readonly Removal[]>,
): Map<string, ReadonlyMap<ContractName, Code>> {
  const ours = projectSources();
  const folders = new Map([...new Set([...mutants.values()].map(keyOf))].map((key, i) => [key, `test/${i}/`]));
  const sources: Record<string, string> = { ...ours };
  const wanted = new Set<string>();
  for (const [name, removals] of mutants) {
    const folder = folders.get(keyOf(removals)) ?? "";
    for (const [file, text] of Object.entries(without(name, ours, removals))) sources[folder + file] = text;
    for (const { file } of removals) for (const made of madeOf(file)) wanted.add(`${folder}${made}.sol`);
  }
  const made = compileFiles(sources, [...wanted]);
  const codeOf = ({ abi, bytecode }: Compiled): Code => ({ interface: new Interface(abi as InterfaceAbi), bytecode });
  return new Map(
    [...mutants].map(([name, removals]) => {
      const mine = made.filter(({ file }) => file.startsWith(folders.get(keyOf(removals)) ?? "-"));
      return [name, new Map(mine.map(({ name, compiled }) => [name as ContractName, codeOf(compiled)]))];
    }),
  );
}

const keyOf = (removals: readonly Removal[]): string => JSON.stringify(removals);

/** The files that change, and those that stand on them; what these import besides is ours, which is read once for all. */
function without(name: string, ours: Sources, removals: readonly Removal[]): Sources {
  const changed: Record<string, string> = {};
  for (const { file, find, put } of removals) {
    const text = changed[file] ?? ours[file] ?? "";
    if (text.split(find).length !== 2) throw new Error(`${name}: ${file} does not hold once: ${find}`);
    changed[file] = text.replace(find, () => put);
  }
  const used = new Set(Object.keys(changed).flatMap((file) => madeOf(file).map((made) => `${made}.sol`)));
  for (const file of used) for (const one of importsOf(ours[file] ?? "")) used.add(one);
  const copied = new Set(Object.keys(changed));
  for (let before = -1; before !== copied.size; ) {
    before = copied.size;
    for (const file of used) if (importsOf(ours[file] ?? "").some((one) => copied.has(one))) copied.add(file);
  }
  const linked = (text: string) => text.replace(IMPORT, (line, one) => (copied.has(one) ? line : `from "${one}"`));
  return Object.fromEntries([...copied].map((file) => [file, linked(changed[file] ?? ours[file] ?? "")]));
}

const IMPORT = /from "\.\/(\w+\.sol)"/g;
const importsOf = (text: string): string[] => [...text.matchAll(IMPORT)].map(([, one = ""]) => one);

/** The contracts whose code holds a file. */
const madeOf = (file: string): ContractName[] => {
  if (["Books.sol", "Kernel.sol"].includes(file)) return ["Escrow"];
  if (["Batches.sol", "Escape.sol", "Challenges.sol", "SessionKeys.sol"].includes(file)) return ["Settlement"];
  return CONTRACT_NAMES.filter((name) => file === `${name}.sol`);
};
