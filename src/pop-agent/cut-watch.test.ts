// A document that cuts the way to the service is taken back; one that does not is kept, and so is one after which the
// service was heard.

import { expect, it } from "vitest";
import { parsePrefix } from "../srv6/address.ts";
import type { PopDesired } from "../wire/desired.ts";
import { heard, onTrial, takesService, verdict } from "./cut-watch.ts";
import type { Lane } from "./lane.ts";

const SERVICE = parsePrefix("2001:db8:ffff::7");
const lanes = (prefix: string, table = 254) => ({
  lanes: [{ table, prefixes: [parsePrefix(prefix)] } as unknown as Lane],
});
const before = { version: 3 } as PopDesired;

it("is on trial only where it would take the way to the service", () => {
  expect(takesService(lanes("2001:db8:ffff::/48"), SERVICE)).toBe(true);
  expect(takesService(lanes("2001:db8:1::/48"), SERVICE)).toBe(false);
  expect(takesService(lanes("2001:db8:ffff::/48", 1_001), SERVICE)).toBe(false);
});

it("is kept when the service is heard for a while, and taken back when it falls silent", () => {
  const trial = onTrial(4, before, 0);
  expect(verdict(heard(trial, 14_000), 14_000)).toBe("open");
  expect(verdict(heard(trial, 15_000), 15_000)).toBe("proved");
  expect(verdict(heard(trial, 2_000), 31_000)).toBe("open");
  expect(verdict(heard(trial, 2_000), 32_000)).toBe("cut");
});
