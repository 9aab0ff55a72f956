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

type Verdict = { readonly proved: number; readonly refuted: number; readonly open: number };

function check(contracts: readonly string[], change: (kernel: string) => string = (kernel) => kernel): Verdict {
  const { "Kernel.sol": kernel = "", [PROOF]: proof = "" } = testSources();
  const sources = { "Kernel.sol": change(kernel), [PROOF]: proof };
  const { errors = [] } = runCompiler(sources, checker(contracts), { "*": { "": ["ast"] } }, true);
  const count = (what: string) => errors.filter(({ formattedMessage }) => formattedMessage.includes(what)).length;
  return {
    proved: count("Assertion violation check is safe!"),
    refuted: count("Assertion violation happens here"),
    open: count("Assertion violation might happen here"),
  };
}

describe("the kernel of the books", { timeout: 300_000 }, () => {
  it("is proved to make no unit and to lose none", () => {
    expect(check(PROOFS)).toEqual({ proved: 12, refuted: 0, open: 0 });
  });

  it.each([
    [
      "a unit made of nothing",
      "TakeProof",
      "return (true, 0, thawing - short);",
      "return (true, 0, thawing - short + 1);",
    ],
    ["a cap that is not spent", "SpendProof", "return (true, left - amount);", "return (true, left);"],
    ["an order that reaches for the batches' money", "BindProof", "uint256(highest) * epochs > free", "highest > free"],
  ])("is refuted with %s", (_what, proof, find, put) => {
    const { refuted } = check([proof], (kernel) => {
      expect(kernel.split(find)).toHaveLength(2);
      return kernel.replace(find, put);
    });
    expect(refuted).toBeGreaterThan(0);
  });
});
