// The POP's own nftables tables in the kernel: put in, read back, counted.

import { spawnSync } from "node:child_process";
import { SrwanError } from "../../base/errors.ts";
import { procSettings } from "../../srv6/linux/settings.ts";
import { segmentName } from "../../wire/parts.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { Reading } from "../count.ts";
import { type Refused, wireError } from "../document.ts";
import type { Goal } from "../goal.ts";
import { countersOf, EXIT_TABLE, exitText, METER_TABLE, meterScript, type Port } from "./pop-table.ts";

type Counter = { readonly name: string; readonly packets: number; readonly bytes: number };

export class Tables {
  readonly #record: PopRecord;
  readonly #ports: readonly Port[];
  /** What was put in last; undefined: nobody knows what is there. */
  #meter: string | undefined;
  #exit: string | undefined;
  #names: ReturnType<typeof countersOf> = new Map();
  #doubted = false;

  constructor(record: PopRecord) {
    this.#record = record;
    const { name, segments } = record;
    this.#ports = segments.map(({ device, transit, to }) => ({
      device,
      segment: segmentName({ from: name, transit, to }),
    }));
  }

  /** Somebody changed some table, we ourselves perhaps: whether ours still stand is looked at again. */
  doubt(): void {
    this.#doubted = true;
  }

  /** Gives what was changed, and the counts of what went. */
  apply(goal: Goal, refused: Refused[]): { readonly changed: readonly string[]; readonly finals: readonly Reading[] } {
    const changed: string[] = [];
    if (this.#doubted) this.#look();
    const finals = this.#applyMeter(goal, refused, changed);
    this.#applyExit(goal, refused, changed);
    return { changed, finals };
  }

  read(): Reading[] {
    return readCounters().flatMap(({ name, packets, bytes }) => {
      const told = this.#names.get(name);
      return told === undefined ? [] : [{ ...told, packets: BigInt(packets), octets: BigInt(bytes) }];
    });
  }

  /** A firewall that flushes the ruleset takes ours along. */
  #look(): void {
    this.#doubted = false;
    const there = new Set(readCounters().map(({ name }) => name));
    if ([...this.#names.keys()].some((name) => !there.has(name))) this.#meter = undefined;
    if (this.#exit !== undefined && this.#exit !== "") {
      if (run(["list", "chain", ...EXIT_TABLE.split(" "), "exit"], "").status !== 0) this.#exit = undefined;
    }
  }

  #applyMeter(goal: Goal, refused: Refused[], changed: string[]): readonly Reading[] {
    const wanted = meterScript(goal, this.#ports, []);
    if (wanted === this.#meter) return [];
    const before = readCounters();
    const names = countersOf(goal, this.#ports);
    const gone = before.filter(({ name }) => !names.has(name));
    // Read last, right before they go.
    const finals = this.read().filter(({ what, name }) =>
      gone.some((one) => sameTold(this.#names.get(one.name), what, name)),
    );
    try {
      nft(
        meterScript(
          goal,
          this.#ports,
          before.map(({ name }) => name),
        ),
      );
      this.#meter = wanted;
      this.#names = names;
      changed.push(`nft: table ${METER_TABLE}`);
    } catch (thrown) {
      refused.push({ object: "the counters of policies and segments", error: wireError(thrown) });
    }
    return finals;
  }

  #applyExit(goal: Goal, refused: Refused[], changed: string[]): void {
    const wanted = exitText(this.#record, goal.desired.domain.blocks);
    if (wanted === this.#exit) return;
    try {
      if (wanted !== "") enterHooks();
      nft(`table ${EXIT_TABLE}\ndelete table ${EXIT_TABLE}\n${wanted}`);
      if (this.#exit !== undefined || wanted !== "") changed.push(`nft: table ${EXIT_TABLE}`);
      this.#exit = wanted;
    } catch (thrown) {
      refused.push({ object: "the exit to the Internet", error: wireError(thrown) });
    }
  }
}

const sameTold = (told: { what: string; name: string } | undefined, what: string, name: string): boolean =>
  told?.what === what && told.name === name;

/** Packets that come out of a SID pass netfilter only with this; it is the whole machine's, and is never turned back. */
const HOOKS = "net.netfilter.nf_hooks_lwtunnel";

function enterHooks(): void {
  const errno = procSettings.read(HOOKS) === 1 ? 0 : procSettings.write(HOOKS, 1);
  if (errno === 0) return;
  throw new SrwanError("KERNEL_LACKS", `${HOOKS} cannot be set: addresses cannot be translated`, {
    remedy: "Use Linux 5.15 or newer with nf_conntrack loaded, or take egress out of the POP's record.",
  });
}

function readCounters(): Counter[] {
  const { status, stdout } = run(["-j", "list", "counters", "table", ...METER_TABLE.split(" ")], "");
  if (status !== 0) return [];
  const { nftables } = JSON.parse(stdout) as { nftables: readonly { readonly counter?: Counter }[] };
  return nftables.flatMap(({ counter }) => (counter === undefined ? [] : [counter]));
}

function nft(script: string): void {
  const { status, stderr } = run(["-f", "-"], script);
  if (status === 0) return;
  throw new SrwanError("EDGE_REFUSED", `nft refused a table of ours: ${stderr.trim().split("\n")[0]}`, {
    remedy: "See kernel.nftables in `srwan doctor`; what was there before is still in place.",
    deviceStateKnown: true,
  });
}

function run(args: readonly string[], input: string) {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" };
  const ran = spawnSync("nft", args, { input, encoding: "utf8", env, maxBuffer: 1 << 28 });
  if (!ran.error) return ran;
  throw new SrwanError("EDGE_REFUSED", `nft cannot be run: ${ran.error.message}`, {
    remedy: "Install it: apt-get install nftables.",
    deviceStateKnown: true,
    cause: ran.error,
  });
}
