// A lab whose nodes are members of one pulse group, each with a clock of its own, started as an engineer would.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../src/lab/model.ts";
import { labsFolder } from "../../src/lab/net/folder.ts";
import { readTopology } from "../../src/lab/topology-file.ts";
import { askMatrix, findMember } from "../../src/pulse/group/control.ts";
import type { HeldMatrix } from "../../src/pulse/group/held.ts";
import { formatIpv6 } from "../../src/srv6/address.ts";
import { type Labs, SRWAN, srwan } from "../lab/labs.ts";

export type Clock = { readonly offset: string; readonly drift: string };

export class GroupLab {
  readonly name: string;
  readonly lab: Lab;
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #groupFile: string;

  /** `group` is what the group file says beside its members. */
  constructor(
    labs: Labs,
    shipped: string,
    stem: string,
    how: { flags: readonly string[]; clocks?: readonly Clock[]; group: string },
  ) {
    const topology = readFileSync(shipped, "utf8").replace(/^[\s\S]*?^topology:\n/m, "");
    let at = 0;
    const withClocks = topology.replaceAll(/^ {8}srwan\.pop: .*$/gm, (line) => {
      const clock = how.clocks?.[at++];
      if (clock === undefined) return line;
      return `${line}\n        srwan.clock-offset: ${clock.offset}\n        srwan.clock-drift: ${clock.drift}`;
    });
    const { name, file } = labs.write(stem, withClocks);
    this.name = name;
    this.lab = readTopology(file).lab;
    this.#env = { ...process.env, SRWAN_LAB_FOLDER: join(labsFolder(process.env), name) };
    this.#folder = join(labs.folder, name);
    mkdirSync(this.#folder);
    this.#groupFile = join(this.#folder, "group.yaml");
    const members = this.#pops.map(({ name: node, address, pop }) => {
      const { latitude, longitude } = pop?.place ?? { latitude: 0, longitude: 0 };
      return `  - {name: ${node}, address: "${formatIpv6(address ?? (0n as never))}", place: {lat: ${latitude}, lon: ${longitude}}}`;
    });
    writeFileSync(this.#groupFile, `version: 1\nname: ${stem}\n${how.group}members:\n${members.join("\n")}\n`);
    const up = srwan("lab", "up", file, ...how.flags);
    if (up.status !== 0) throw new Error(up.stderr);
  }

  get members(): readonly string[] {
    return this.#pops.map(({ name }) => name);
  }

  /** Customers' offices are no members. */
  get #pops() {
    return this.lab.nodes.filter(({ pop }) => pop !== undefined);
  }

  /** Each in its node; they end with the lab. */
  join(): void {
    for (const node of this.members) {
      const log = join(this.#folder, `${node}.log`);
      const line = `'${SRWAN}' pulse join '${this.#groupFile}' >'${log}' 2>&1 &`;
      const { status, stderr } = srwan("lab", "exec", this.name, node, "--", "sh", "-c", line);
      if (status !== 0) throw new Error(`${node}: ${stderr}`);
    }
  }

  log = (node: string): string => readFileSync(join(this.#folder, `${node}.log`), "utf8");

  matrixOf = async (node: string): Promise<HeldMatrix> => askMatrix(findMember(this.#env, node));

  /** What `srwan matrix` prints in the node. */
  printed = (node: string, ...flags: string[]): string =>
    srwan("lab", "exec", this.name, node, "--", SRWAN, "matrix", ...flags).stdout;

  /** Waits until every member has had a row of every other. */
  async filled(): Promise<void> {
    for (const node of this.members) {
      for (;;) {
        const rows = await this.matrixOf(node).then(
          (matrix) => matrix.rows,
          () => [],
        );
        if (rows.length === this.members.length && rows.every(({ ageMs }) => ageMs !== null)) break;
        await sleep(200);
      }
    }
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
