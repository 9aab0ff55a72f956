// `node test/kernel/matrix.ts`: tries every combination on this kernel and writes its section of the matrix page. Without
// root: unshare -Urn node test/kernel/matrix.ts

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, release } from "node:os";
import { PAGE, section, titleOf, withSection } from "./matrix-page.ts";
import { lacksWorld } from "./needs.ts";
import { findForwarding, judge } from "./verdicts.ts";
import { World } from "./world.ts";

const lacking = lacksWorld();
if (lacking !== undefined) {
  process.stderr.write(`${lacking}\n`);
  process.exit(1);
}
const world = await World.open();
try {
  const { verdicts, observed } = await judge(world, await findForwarding());
  if (observed.disagreements.length > 0) throw new Error(observed.disagreements.join("\n"));
  const title = titleOf(release(), arch());
  const page = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  writeFileSync(PAGE, withSection(page, title, section(title, verdicts)));
  process.stdout.write(`${PAGE}: ${title}\n`);
} finally {
  await world.close();
}
