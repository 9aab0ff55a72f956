// The POP's own nftables tables in the kernel: put in, read back, counted.

import { SrwanError } from "../../base/errors.ts";
import { LIST_EDGE, refusedIn } from "../../srv6/linux/nft.ts";
import { procSettings } from "../../srv6/linux/settings.ts";
import { segmentName } from "../../wire/parts.ts";
import type { PopRecord } from "../../wire/pop.ts";
import type { Reading } from "../count.ts";
import { type Refused, wireError } from "../document.ts";
import type { Goal } from "../goal.ts";
import { type Ran, runProgram } from "../run-program.ts";
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
  async apply(
    goal: Goal,
    refused: Refused[],
  ): Promise<{ readonly changed: readonly string[]; readonly finals: readonly Reading[] }> {
    const changed: string[] = [];
    if (this.#doubted) await this.#look();
    const finals = await this.#applyMeter(goal, refused, changed);
    await this.#applyExit(goal, refused, changed);
    return { changed, finals };
  }

  async read(): Promise<Reading[]> {
    return (await readCounters()).flatMap(({ name, packets, bytes }) => {
      const told = this.#names.get(name);
      return told === undefined ? [] : [{ ...told, packets: BigInt(packets), octets: BigInt(bytes) }];
    });
  }

  /** Packets that the edge refused since its table was put in, by kind; undefined where it does not stand. */
  async refused(): Promise<ReadonlyMap<string, bigint> | undefined> {
    const { status, stdout } = await run(LIST_EDGE);
    return status === 0 ? refusedIn(stdout) : undefined;
  }

  /** A firewall that flushes the ruleset takes ours along. */
  async #look(): Promise<void> {
    this.#doubted = false;
    const there = new Set((await readCounters()).map(({ name }) => name));
    if ([...this.#names.keys()].some((name) => !there.has(name))) this.#meter = undefined;
    if (this.#exit !== undefined && this.#exit !== "") {
      if ((await run(["list", "chain", ...EXIT_TABLE.split(" "), "exit"])).status !== 0) this.#exit = undefined;
    }
  }

  async #applyMeter(goal: Goal, refused: Refused[], changed: string[]): Promise<readonly Reading[]> {
    const wanted = meterScript(goal, this.#ports, []);
    if (wanted === this.#meter) return [];
    const before = await readCounters();
    const names = countersOf(goal, this.#ports);
    const gone = before.filter(({ name }) => !names.has(name));
    // Read last, right before they go.
    const finals = (await this.read()).filter(({ what, name }) =>
      gone.some((one) => sameTold(this.#names.get(one.name), what, name)),
    );
    try {
      await nft(
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

  async #applyExit(goal: Goal, refused: Refused[], changed: string[]): Promise<void> {
    const wanted = exitText(this.#record, goal.desired.domain.blocks);
    if (wanted === this.#exit) return;
    try {
      if (wanted !== "") enterHooks();
      await nft(`table ${EXIT_TABLE}\ndelete table ${EXIT_TABLE}\n${wanted}`);
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

async function readCounters(): Promise<Counter[]> {
  const { status, stdout } = await run(["-j", "list", "counters", "table", ...METER_TABLE.split(" ")]);
  if (status !== 0) return [];
  const { nftables } = JSON.parse(stdout) as { nftables: readonly { readonly counter?: Counter }[] };
  return nftables.flatMap(({ counter }) => (counter === undefined ? [] : [counter]));
}

async function nft(script: string): Promise<void> {
  const { status, stderr } = await run(["-f", "-"], script);
  if (status === 0) return;
  throw new SrwanError("EDGE_REFUSED", `nft refused a table of ours: ${stderr.trim().split("\n")[0]}`, {
    remedy: "See kernel.nftables in `srwan doctor`; what was there before is still in place.",
    deviceStateKnown: true,
  });
}

async function run(args: readonly string[], input = ""): Promise<Ran> {
  const ran = await runProgram("nft", args, { input });
  if (ran.error === undefined) return ran;
  throw new SrwanError("EDGE_REFUSED", `nft cannot be run: ${ran.error.message}`, {
    remedy: "Install it: apt-get install nftables.",
    deviceStateKnown: true,
    cause: ran.error,
  });
}
