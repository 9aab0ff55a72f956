// `make docs`: writes the generated reference pages, and removes those of what is gone.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { referencePages, TRIED_PAGES } from "./reference.ts";

const pages = await referencePages();
const folder = "docs/reference";
if (existsSync(folder)) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const stays = pages.has(path) || TRIED_PAGES.includes(path) || path === `${folder}/README.md`;
    if (entry.isFile() && !stays) rmSync(path);
  }
}
for (const [path, text] of pages) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
process.stdout.write(`${pages.size} reference pages written\n`);
