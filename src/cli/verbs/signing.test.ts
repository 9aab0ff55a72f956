// What flags make of the candidate's signing.

import { describe, expect, it } from "vitest";
import { signingOf } from "./signing.ts";

describe("signing set", () => {
  it("changes what is given, and leaves the rest", () => {
    expect(signingOf({ keys: "1" }, undefined)).toEqual({ keys: [1] });
    expect(signingOf({ sign: "1" }, { keys: [1] })).toEqual({ keys: [1], sign: 1 });
    expect(signingOf({ require: "yes" }, { keys: [1], sign: 1 })).toEqual({ keys: [1], sign: 1, require: true });
    expect(signingOf({ keys: "1,2" }, { keys: [1], sign: 1, require: true })).toEqual({
      keys: [1, 2],
      sign: 1,
      require: true,
    });
    expect(signingOf({ require: "no" }, { keys: [1], sign: 1, require: true })).toEqual({ keys: [1], sign: 1 });
    expect(signingOf({ sign: "none" }, { keys: [1], sign: 1 })).toEqual({ keys: [1] });
  });

  it.each([[{ keys: "0" }], [{ keys: "1,two" }], [{ keys: "1", sign: "4294967296" }], [{ sign: "1" }]])(
    "refuses %o",
    (flags) => {
      expect(() => signingOf(flags, undefined)).toThrow(/--keys|--sign/);
    },
  );
});
