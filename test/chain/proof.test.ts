// The arithmetic of the escrow's books, proved by the compiler's model checker for all values. A fault put into a copy
// must be found, or the proof would say nothing. The bounded engine is enough and whole here: the functions keep no state and
// have no loops, so one call with arbitrary values is everything there is (CHC proves the same in twenty times the time).

import { describe, expect, it } from "vitest";
import { runCompiler } from "../../scripts/solidity.ts";
import { testSources } from "./compiled.ts";

const PROOF = "test/KernelProof.sol";

const PROOFS = ["TakeProof", "LineProof", "LessProof", "SpendProof", "TwiceProof", "BindProof", "CapProof"];

/** No timeout may be set: with one the checker cannot start its thread in WebAssembly. */
const checker = (contracts: readonly string[]) => ({
  evmVersion: "cancun",
  modelChecker: {
    engine: "bmc",
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
  const said = (what: string) =>
    errors.map(({ formattedMessage }) => formattedMessage).filter((text) => text.includes(what));
  return {
    proved: said("Assertion violation check is safe!").length,
    refuted: said("Assertion violation happens here").length,
    open: said("Assertion violation might happen here").length,
  };
}

describe("the kernel of the books", { timeout: 300_000 }, () => {
  it("is proved to make no unit and to lose none", () => {
    expect(check(PROOFS)).toEqual({ proved: 12, refuted: 0, open: 0 });
  });

  it.each([
    [
      "makes a unit of what thaws",
      "TakeProof",
      "return (true, 0, thawing - short);",
      "return (true, 0, thawing - short + 1);",
    ],
    [
      "takes nothing of what is free",
      "LineProof",
      "return (true, free - amount, thawing);",
      "return (true, free, thawing);",
    ],
    ["takes more than there is", "LessProof", "if (amount > has)", "if (amount > has + 1)"],
    ["spends no cap", "SpendProof", "return (true, left - amount);", "return (true, left);"],
    ["begins a cap anew at each debit", "TwiceProof", "if (leftOf != ofEpoch) left = cap;", "left = cap;"],
    ["lets an order reach for the batches' money", "BindProof", "uint256(highest) * epochs > free", "highest > free"],
    ["takes the later cap for the earlier", "CapProof", "ofEpoch < from ? cap : next", "ofEpoch <= from ? cap : next"],
  ])("is refuted where it %s", (_what, proof, find, put) => {
    const { refuted } = check([proof], (kernel) => {
      expect(kernel.split(find)).toHaveLength(2);
      return kernel.replace(find, put);
    });
    expect(refuted).toBeGreaterThan(0);
  });
});
