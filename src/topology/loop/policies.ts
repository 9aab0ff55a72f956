// The policies of one group with the paths each may be on: who is on which, which stands ready, and what of that a restart
// or a new configuration keeps.

import type { PolicySpec } from "../../wire/policy.ts";
import { Decider, type Made, type Memory, type World } from "../engine/decide/decider.ts";
import type { Settings } from "../engine/decide/schema.ts";
import type { State } from "../engine/detect/state.ts";
import type { SegmentId } from "../engine/matrix.ts";
import { candidatesFor } from "./candidates.ts";
import type { Choice } from "./documents.ts";
import type { Ground } from "./ground.ts";

/** Plain JSON. Paths are named segment by segment: numbers change with the WAN. */
export type PolicyMemory = {
  readonly name: string;
  readonly paths: readonly (readonly string[])[];
  readonly backup: readonly string[] | null;
  readonly memory: Memory;
};

/** A policy without a path is looked at again this often, and one that has nothing to fall back to. */
const [RETRY_MS, LONE_RETRY_MS] = [2_000, 5_000];
/** Paths that one policy may be on. */
const PATHS_MAX = 16;
const NEVER = Number.NEGATIVE_INFINITY;
/** Looked for in one tick; the others' turn comes in the next ones, so that decisions do not wait for them. */
const FIND_AT_ONCE = 32;
/** A backup that is in trouble is worse than any that shares segments. */
const IN_TROUBLE = 1_000;

type Path = readonly SegmentId[];
type Held = {
  readonly spec: PolicySpec;
  paths: readonly Path[];
  /** Stands ready, chosen for the path `backupFor`. */
  backup: Path | undefined;
  backupFor: Path | undefined;
  why: string;
  triedMs: number;
  /** Its default is no more: paths are looked for anew, and until some are found it stays where it is. */
  isStale: boolean;
};

export class Policies {
  readonly #ground: Ground;
  readonly #settings: Settings;
  readonly #held: ReadonlyMap<string, Held>;
  readonly #before: ReadonlyMap<string, PolicyMemory>;
  #decider: Decider;

  /** `specs` with what a set of policies before them remembered. */
  constructor(ground: Ground, specs: readonly PolicySpec[], before: readonly PolicyMemory[], settings: Settings) {
    this.#ground = ground;
    this.#settings = settings;
    this.#before = new Map(before.map((one) => [one.name, one]));
    this.#held = new Map(specs.map((spec) => [spec.name, this.#remembered(spec)]));
    this.#decider = new Decider([], settings);
    this.#renew(before.map((one) => this.#placed(one)));
  }

  get names(): readonly string[] {
    return [...this.#held.keys()];
  }

  spec(name: string): PolicySpec {
    return this.#of(name).spec;
  }

  /** Why it has no path. */
  why(name: string): string {
    return this.#of(name).why;
  }

  defaultOf(name: string): Path | undefined {
    return this.#of(name).paths[0];
  }

  current(name: string): Path | undefined {
    const { paths } = this.#of(name);
    return paths.length === 0 ? undefined : paths[this.#decider.current(name)];
  }

  backup(name: string): Path | undefined {
    return this.#of(name).backup;
  }

  /** Looks for paths of those that have none or one, and of all when the WAN changed; true where more were found. */
  find(nowMs: number): boolean {
    let found = false;
    const places = new Map<string, number>();
    const due = [...this.#held.values()].filter(({ paths, triedMs }) => {
      const retryMs = [RETRY_MS, LONE_RETRY_MS][paths.length] ?? Number.POSITIVE_INFINITY;
      return triedMs === NEVER || nowMs - triedMs >= retryMs;
    });
    for (const held of due.sort((a, b) => a.triedMs - b.triedMs).slice(0, FIND_AT_ONCE)) {
      const { paths, why } = candidatesFor(this.#ground, held.spec, nowMs);
      const isAnew = held.isStale && paths.length > 0;
      const carrying = this.current(held.spec.name)?.join();
      // Behind those that are known: which one it is on goes by its place.
      const all = isAnew ? union(paths, held.paths) : union(held.paths, paths);
      if (isAnew) {
        const place = all.findIndex((path) => path.join() === carrying);
        places.set(held.spec.name, place);
        held.isStale = false;
      }
      found ||= isAnew || all.length > held.paths.length;
      held.paths = all.slice(0, PATHS_MAX);
      held.why = held.paths.length > 0 ? "" : (why ?? "");
      held.triedMs = nowMs;
    }
    if (found) {
      const memories = this.#decider.memories();
      this.#renew(memories.map((one) => ({ ...one, current: places.get(one.policy) ?? one.current })));
    }
    return found;
  }

  decide(nowMs: number, world: World): Made[] {
    const made: Made[] = [];
    this.#decider.tick(nowMs, world, (one) => made.push(one));
    return made;
  }

  choices(state: (segment: SegmentId) => State): Choice[] {
    return [...this.#held.values()].flatMap((held) => {
      const active = this.current(held.spec.name);
      if (active === undefined) return [];
      this.#chooseBackup(held, active, state);
      return [{ spec: held.spec, active, backup: held.backup }];
    });
  }

  memory(): PolicyMemory[] {
    const memories = new Map(this.#decider.memories().map((one) => [one.policy, one]));
    return [...this.#held].flatMap(([name, { paths, backup }]) => {
      const memory = memories.get(name);
      const names = (path: Path) => path.map((id) => this.#ground.segment(id).name);
      return memory ? [{ name, paths: paths.map(names), backup: backup ? names(backup) : null, memory }] : [];
    });
  }

  /**
   * The paths from before whose segments are all still there. A policy whose default is not among them keeps where it was, so
   * that nothing is withdrawn before others are found.
   */
  #remembered(spec: PolicySpec): Held {
    const before = this.#before.get(spec.name);
    const paths = before?.paths.map((path) => this.#pathOf(path)) ?? [];
    const left = paths.filter((path) => path !== undefined);
    const [isStale, current] = [left.length > 0 && paths[0] === undefined, paths[before?.memory.current ?? 0]];
    const wanted = before?.backup?.join(" ");
    return {
      spec,
      paths: isStale ? [current ?? (left[0] as Path)] : left,
      backup: paths.find((_, i) => before?.paths[i]?.join(" ") === wanted),
      backupFor: current,
      why: "not looked at yet",
      triedMs: NEVER,
      isStale,
    };
  }

  /** What is remembered of a policy, with its place among the paths that it keeps. */
  #placed({ name, paths, memory }: PolicyMemory): Memory {
    const kept = this.#held.get(name)?.paths ?? [];
    const was = this.#pathOf(paths[memory.current] ?? [])?.join();
    const current = Math.max(
      0,
      kept.findIndex((path) => path.join() === was),
    );
    return kept.length === paths.length ? memory : { ...memory, current, leftRegime: null };
  }

  #pathOf(names: readonly string[]): Path | undefined {
    const ids = names.map((one) => this.#ground.id(one));
    return ids.every((id) => id !== undefined) ? ids : undefined;
  }

  /** A decider for the paths there are; where each was, and how often it moved, goes along. */
  #renew(memories: readonly Memory[]): void {
    const withPaths = [...this.#held.values()].filter(({ paths }) => paths.length > 0);
    this.#decider = new Decider(
      withPaths.map(({ spec: { name, demandBps, improve, priority }, paths }) => ({
        name,
        paths,
        ...(demandBps === undefined ? {} : { demandBps }),
        ...(improve === undefined ? {} : { improve }),
        ...(priority === undefined ? {} : { priority }),
      })),
      this.#settings,
    );
    const byName = new Map(memories.map((one) => [one.policy, one]));
    for (const { spec, paths } of withPaths) {
      const memory = byName.get(spec.name);
      if (memory) this.#decider.remember({ ...memory, current: memory.current < paths.length ? memory.current : 0 });
      if (spec.pin) this.#decider.pin(spec.name, 0);
    }
  }

  /** The one that shares least with the active path. It stays while that stays and it is well itself. */
  #chooseBackup(held: Held, active: Path, state: (segment: SegmentId) => State): void {
    const rank = (path: Path): number =>
      path.filter((id) => active.includes(id)).length + (path.every((id) => state(id) === "UP") ? 0 : IN_TROUBLE);
    const stays = held.backup !== undefined && held.backupFor === active && rank(held.backup) < IN_TROUBLE;
    if (stays) return;
    const others = held.paths.filter((path) => path !== active);
    held.backup = others.reduce<Path | undefined>(
      (best, path) => (best === undefined || rank(path) < rank(best) ? path : best),
      undefined,
    );
    held.backupFor = active;
  }

  #of(name: string): Held {
    return this.#held.get(name) as Held;
  }
}

/** Those that are new behind those that are not. */
function union(first: readonly Path[], second: readonly Path[]): readonly Path[] {
  const known = new Set(first.map((path) => path.join()));
  return [...first, ...second.filter((path) => !known.has(path.join()))];
}
