// A member that runs by itself: joins, tells what changes, answers on its socket, and leaves when it is told to.

import { networkInterfaces } from "node:os";
import { asSrwanError, SrwanError } from "../../base/errors.ts";
import { keepHeapSmall } from "../../base/heap.ts";
import type { Logger } from "../../base/log.ts";
import { RealRng } from "../../base/real-rng.ts";
import { unit } from "../../base/rng.ts";
import { formatAddress, parseAddress } from "../../pulse/address.ts";
import { skewFrom } from "../../pulse/clock-skew.ts";
import { serveMatrix } from "../../pulse/group/control.ts";
import { readGroup } from "../../pulse/group/group.ts";
import { type LivenessNews, Member } from "../../pulse/group/member.ts";
import { type Group, idsOf } from "../../pulse/group/model.ts";
import type { PeerId } from "../../pulse/model.ts";
import { onStop } from "../signals.ts";
import type { Context, Input } from "../verb.ts";

type Left = { readonly member: string; readonly group: string; readonly rows: number };

/** Ends on the first Ctrl-C or SIGTERM; SIGHUP reads the file again. */
export async function join(context: Context, { arguments: [file = ""], flags }: Input): Promise<Left> {
  keepHeapSmall();
  const group = readGroup(file);
  const self = ownId(group, flags.as, context.env);
  const log = await context.log();
  const member = new Member(group, {
    self,
    listen: typeof flags.listen === "string" ? parseAddress(flags.listen) : undefined,
    stamps: flags.stamps === "handler" ? "handler" : "kernel",
    phaseStart: unit(new RealRng()),
    skew: skewFrom(context.env),
  });
  member.setInUse(fastPeers(group, self, flags.fast));
  member.onLiveness((news) => tell(log, news));
  member.onTrouble((error) => log.warn(error.message, { code: error.code, remedy: error.remedy }));
  const heard = new Set<string>([self]);
  member.onRow((row) => {
    heard.add(row.member);
    context.progress(`${self} in ${group.name}: rows of ${heard.size} of ${group.members.length} members`);
  });
  let hangUp = (): void => undefined;
  const reread = (): void => rereadGroup(member, file, log);
  const done = Promise.withResolvers<void>();
  const forget = onStop(done.resolve);
  process.on("SIGHUP", reread);
  try {
    hangUp = await serveMatrix(context.env, group.name, self, () => member.matrix());
    const { stamps, ports } = await member.start();
    log.info("joined", { group: group.name, member: self, port: ports[0], stamps });
    member.ended.then(done.resolve, done.reject);
    await done.promise;
  } finally {
    process.off("SIGHUP", reread);
    forget();
    hangUp();
    await member.stop();
  }
  return { member: self, group: group.name, rows: heard.size };
}

/** Named, or the lab's node, or the one whose address this machine has. */
function ownId(group: Group, named: string | boolean | undefined, env: NodeJS.ProcessEnv): PeerId {
  const ids = idsOf(group);
  const wanted = typeof named === "string" ? named : env.SRWAN_LAB_NODE;
  const known = ids.find((id) => id === wanted);
  if (known !== undefined) return known;
  const mine = new Set(
    Object.values(networkInterfaces()).flatMap((one) => (one ?? []).map(({ address }) => normal(address))),
  );
  const [first, second] = group.members.filter(({ address }) => mine.has(formatAddress(address)));
  if (typeof named !== "string" && first !== undefined && second === undefined) return first.id;
  const what =
    typeof named === "string"
      ? `--as ${named}: the group ${group.name} has no such member`
      : `which member of ${group.name} this machine is cannot be told by its addresses`;
  throw new SrwanError("USAGE", what, { remedy: `Give --as one of ${ids.join(", ")}.`, details: { flag: "--as" } });
}

const normal = (address: string): string => (address.includes("%") ? address : formatAddress(parseAddress(address)));

function fastPeers(group: Group, self: PeerId, given: string | boolean | undefined): Set<PeerId> {
  const names = typeof given === "string" ? given.split(",").filter(Boolean) : [];
  const others = idsOf(group).filter((id) => id !== self);
  return new Set(
    names.map((name) => {
      const id = others.find((other) => other === name);
      if (id !== undefined) return id;
      throw new SrwanError("USAGE", `--fast ${name}: the group ${group.name} has no other member of this name`, {
        remedy: `Name some of ${others.join(", ")}.`,
        details: { flag: "--fast" },
      });
    }),
  );
}

function tell(log: Logger, { peer, path, state, before, dead, missed }: LivenessNews): void {
  const facts = { peer, ...(path !== undefined && { path }), state, before, ...(dead && { dead }), missed };
  if (state === "up") log.info("up", facts);
  else log.warn(state, facts);
}

/** What cannot be taken leaves the group as it is. */
function rereadGroup(member: Member, file: string, log: Logger): void {
  try {
    const group = readGroup(file);
    member.setGroup(group);
    log.info("group read again", { members: group.members.length });
  } catch (thrown) {
    const error = asSrwanError(thrown);
    log.error(error.message, { code: error.code, remedy: error.remedy });
  }
}
