// `make docs`: writes the generated reference pages, the dashboards and the example inventory, and removes pages of what is gone.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dashboards } from "./dashboards.ts";
import { INVENTORY, inventory } from "./inventory.ts";
import { NOT_FROM_CODE, referencePages } from "./reference.ts";

const pages = await referencePages();
const folder = "docs/reference";
if (existsSync(folder)) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !pages.has(path) && !NOT_FROM_CODE.includes(path)) rmSync(path);
  }
}
for (const [path, text] of [...pages, ...dashboards(), [INVENTORY, inventory()] as const]) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
process.stdout.write(`${pages.size} reference pages written\n`);
