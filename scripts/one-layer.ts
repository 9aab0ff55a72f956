// Runs one layer and writes what it counted to a file: `make test` starts one of these for each.

import { writeFileSync } from "node:fs";
import { LAYERS } from "./layers.ts";

const [name = "", answer = ""] = process.argv.slice(2);
const layer = LAYERS.find((one) => one.name === name);
if (layer === undefined) throw new Error(`no layer ${name}`);
writeFileSync(answer, JSON.stringify(await layer.run()));
