// The version, from the one place that states it: package.json, found beside the source and beside the built package.

import { existsSync, readFileSync } from "node:fs";

const places = ["../../package.json", "../../../package.json"].map((path) => new URL(path, import.meta.url));
const found = places.find((place) => existsSync(place));

export const version: string = found ? JSON.parse(readFileSync(found, "utf8")).version : "unknown";
