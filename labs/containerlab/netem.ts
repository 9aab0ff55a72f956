// What each link of a lab does, as commands for people who run it with containerlab:
// `node labs/containerlab/netem.ts labs/containerlab/triangle/triangle.clab.yml | sudo sh`.

import { readFileSync } from "node:fs";
import { formatSharePpm } from "../../src/base/units.ts";
import { directions, endText, type Lab } from "../../src/lab/model.ts";
import { readLab } from "../../src/lab/topology.ts";

/** One command for each direction that is not a plain wire; netem shapes what leaves an interface. */
export function netemCommands(lab: Lab, file: string): string[] {
  return directions(lab).flatMap(({ from, does }) => {
    const { delayUs, jitterUs, lossPpm, rateBps } = does;
    const flags = [
      ...(delayUs === 0 ? [] : [`--delay ${delayUs}us`]),
      ...(jitterUs === 0 ? [] : [`--jitter ${jitterUs}us`]),
      ...(lossPpm === 0 ? [] : [`--loss ${formatSharePpm(lossPpm).slice(0, -1)}`]),
      ...(rateBps === undefined ? [] : [`--rate ${Math.round(rateBps / 1_000)}`]),
    ];
    if (flags.length === 0) return [];
    const where = `-t ${shellWord(file)} -n ${shellWord(from.node)} -i ${shellWord(from.interface)}`;
    return [`containerlab tools netem set ${where} ${flags.join(" ")}  # ${endText(from)}`];
  });
}

const shellWord = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

if (import.meta.main) {
  const file = process.argv[2];
  if (file === undefined) throw new Error("name a containerlab file: node labs/containerlab/netem.ts FILE.clab.yml");
  process.stdout.write(`${netemCommands(readLab(readFileSync(file, "utf8"), file), file).join("\n")}\n`);
}
