// `make contracts`: compiles the contracts into src/settlement/chain/artifacts.json. The file is kept under version control,
// so that the shipped package needs no compiler and a change of bytecode is seen in a diff; a test says when it is stale.

import { writeFileSync } from "node:fs";
import { Interface, type InterfaceAbi } from "ethers";
import { compile, compilerVersion, projectSources, SETTINGS } from "./solidity.ts";

export const ARTIFACTS = "src/settlement/chain/artifacts.json";

/** The file's text: interfaces a line an entry, in a form that people read and ethers takes. */
export function artifactsText(compiled = compile(projectSources())): string {
  const contracts = Object.entries(compiled)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { abi, bytecode }]) => [
      name,
      { abi: new Interface(abi as InterfaceAbi).format().toSorted(), bytecode },
    ]);
  const file = {
    schema: "srwan.contracts/1",
    compiler: compilerVersion(),
    settings: SETTINGS,
    contracts: Object.fromEntries(contracts),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

if (import.meta.main) {
  const text = artifactsText();
  writeFileSync(ARTIFACTS, text);
  process.stdout.write(`${ARTIFACTS}: ${text.length} octets\n`);
}
