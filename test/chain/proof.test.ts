// The arithmetic of the escrow's books, proved by the compiler's model checker (CHC) for all values. A fault put into a copy
// must be found, or the proof would say nothing.

import { describe, expect, it } from "vitest";
import { runCompiler } from "../../scripts/solidity.ts";
import { testSources } from "./compiled.ts";

const PROOF = "test/KernelProof.sol";

/** No timeout may be set: with one the checker cannot start its thread in WebAssembly. */
const CHECKER = {
  evmVersion: "cancun",
  modelChecker: {
    engine: "chc",
    solvers: ["z3"],
    targets: ["assert"],
    contracts: { [PROOF]: ["KernelProof"] },
    showProvedSafe: true,
    showUnproved: true,
  },
};

function check(change: (kernel: string) => string): { proved: number; refuted: number; open: number } {
  const { "Kernel.sol": kernel = "", [PROOF]: proof = "" } = testSources();
  const sources = { "Kernel.sol": change(kernel), [PROOF]: proof };
  const { errors = [] } = runCompiler(sources, CHECKER, { "*": { "": ["ast"] } }, true);
  const count = (what: string) => errors.filter(({ formattedMessage }) => formattedMessage.includes(what)).length;
  return {
    proved: count("Assertion violation check is safe!"),
    refuted: count("Assertion violation happens here"),
    open: count("Assertion violation might happen here"),
  };
}

describe("the kernel of the books", { timeout: 300_000 }, () => {
  it("is proved to make no unit and to lose none", () => {
    expect(check((kernel) => kernel)).toEqual({ proved: 12, refuted: 0, open: 0 });
  });

  it.each([
    ["a unit made of nothing", "return (true, 0, thawing - short);", "return (true, 0, thawing - short + 1);"],
    ["a cap that is not spent", "return (true, left - amount);", "return (true, left);"],
    ["an order that reaches for the batches' money", "uint256(highest) * epochs > free", "highest > free"],
  ])("is refuted with %s", (_what, find, put) => {
    const { refuted } = check((kernel) => {
      expect(kernel.split(find)).toHaveLength(2);
      return kernel.replace(find, put);
    });
    expect(refuted).toBeGreaterThan(0);
  });
});
