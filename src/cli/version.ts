// The version, from the one place that states it: package.json, at the same distance from the source and from the built
// package.

import { readFileSync } from "node:fs";

export const version: string = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
