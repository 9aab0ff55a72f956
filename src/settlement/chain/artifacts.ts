// The compiled contracts by name.

import file from "./artifacts.json" with { type: "json" };

export type ContractName = keyof typeof file.contracts;
export type Artifact = { readonly abi: readonly string[]; readonly bytecode: string };

export const ARTIFACTS: Readonly<Record<ContractName, Artifact>> = file.contracts;

export const CONTRACT_NAMES = Object.keys(file.contracts) as ContractName[];
