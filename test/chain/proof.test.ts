// The arithmetic of the escrow's books, proved by the compiler's model checker (CHC) for all values. A fault put into a copy
// must be found, or the proof would say nothing.

import { describe, expect, it } from "vitest";
import { runCompiler } from "../../scripts/solidity.ts";
import { testSources } from "./compiled.ts";

const PROOF = "test/KernelProof.sol";

const PROOFS = ["TakeProof", "LineProof", "LessProof", "SpendProof", "TwiceProof", "BindProof", "CapProof"];

/** No timeout may be set: with one the checker cannot start its thread in WebAssembly. */
const checker = (contracts: readonly string[]) => ({
  evmVersion: "cancun",
  modelChecker: {
    engine: "chc",
    solvers: ["z3"],
    targets: ["assert"],
    contracts: { [PROOF]: contracts },
    showProvedSafe: true,
    showUnproved: true,
  },
});

type Verdict = { readonly proved: number; readonly refuted: readonly string[]; readonly open: number };

function check(contracts: readonly string[], change: (kernel: string) => string = (kernel) => kernel): Verdict {
  const { "Kernel.sol": kernel = "", [PROOF]: proof = "" } = testSources();
  const sources = { "Kernel.sol": change(kernel), [PROOF]: proof };
  const { errors = [] } = runCompiler(sources, checker(contracts), { "*": { "": ["ast"] } }, true);
  const said = (what: string) =>
    errors.map(({ formattedMessage }) => formattedMessage).filter((text) => text.includes(what));
  return {
    proved: said("Assertion violation check is safe!").length,
    // Whose proof it was, the trace says.
    refuted: contracts.filter((name) =>
      said("Assertion violation happens here").some((text) => text.includes(`${name}.prove`)),
    ),
    open: said("Assertion violation might happen here").length,
  };
}

describe("the kernel of the books", { timeout: 300_000 }, () => {
  it("is proved to make no unit and to lose none", () => {
    expect(check(PROOFS)).toEqual({ proved: 12, refuted: [], open: 0 });
  });

  it("is refuted where it makes a unit, spends no cap, or lets an order reach for the batches' money", () => {
    const faults = [
      ["return (true, 0, thawing - short);", "return (true, 0, thawing - short + 1);"],
      ["return (true, left - amount);", "return (true, left);"],
      ["uint256(highest) * epochs > free", "highest > free"],
    ] as const;
    const proofs = ["TakeProof", "SpendProof", "BindProof"];
    const { refuted } = check(proofs, (kernel) =>
      faults.reduce((text, [find, put]) => {
        expect(text.split(find)).toHaveLength(2);
        return text.replace(find, put);
      }, kernel),
    );
    expect(refuted).toEqual(proofs);
  });
});
