// The layers of the test suite, in the order they run: cheap and broad first. Each says how it is run and what it holds.

import { type Counted, command, vitest, vitestInNamespaces } from "./layer-run.ts";
import { vm } from "./vm/layer.ts";

export type Lane = "time" | "code" | "servers";

export type Layer = {
  readonly name: string;
  readonly about: string;
  /** Layers of one lane run one after another, those of other lanes at the same time: all that measures real time in one. */
  readonly lane: Lane;
  /** Too long for every run: only where it is named. */
  readonly isApart?: true;
  readonly run: () => Promise<Counted>;
};

const SHELL_SCRIPTS = [
  ...["scripts/setup.sh", "scripts/deb-test.sh", "scripts/vm/init.sh", ".ci/run"],
  ...["boot", "life"].map((name) => `test/package/${name}.sh`),
  ...["postinst", "prerm", "postrm"].map((name) => `deploy/debian/${name}`),
];

export const LAYERS: readonly Layer[] = [
  {
    name: "lint",
    lane: "code",
    about: "form of the code, the shell scripts and the Dockerfile",
    run: () =>
      command([
        { title: "biome", words: ["biome", "ci", "--error-on-warnings", "."] },
        { title: "shellcheck", words: ["shellcheck", ...SHELL_SCRIPTS] },
        { title: "launcher", words: ["sh", "-c", "sed '/^[*]\\/$/,$d' bin/srwan | shellcheck --shell=sh -"] },
        { title: "Dockerfile", words: ["dockerfile-utils", "lint", "Dockerfile"] },
      ]),
  },
  {
    name: "types",
    lane: "code",
    about: "strict TypeScript",
    run: () =>
      command([
        { title: "tsc", words: ["tsc", "-p", "."] },
        { title: "tsc of the dashboard", words: ["tsc", "-p", "web"] },
      ]),
  },
  { name: "unit", lane: "code", about: "each room alone, beside its code", run: () => vitest("unit") },
  { name: "house", lane: "code", about: "the rules of ARCHITECTURE.md", run: () => vitest("house") },
  { name: "cli", lane: "code", about: "whole processes at a command line", run: () => vitest("cli") },
  {
    name: "service",
    lane: "servers",
    about: "the service over both stores, its processes killed in turn",
    run: () => vitest("service"),
  },
  {
    name: "kernel",
    lane: "time",
    about: "the real kernel, in namespaces of its own",
    run: () => vitestInNamespaces("kernel"),
  },
  {
    name: "pulse",
    lane: "time",
    about: "pulses over real paths, and with other implementations",
    run: () => vitest("pulse"),
  },
  {
    name: "netconf",
    lane: "code",
    about: "routers: a server that is not ours, and one that breaks every rule",
    run: () => vitest("netconf"),
  },
  {
    name: "yang",
    lane: "servers",
    about: "what is rendered, judged with the vendors' own modules; our modules",
    run: () => vitest("yang"),
  },
  {
    name: "agent",
    lane: "time",
    about: "agents on real kernels: proved moves, failovers, kills",
    run: () => vitest("agent"),
  },
  {
    name: "chaos",
    lane: "time",
    about: "the whole system while parts of it are killed, cut off and lied to",
    run: () => vitest("chaos"),
  },
  {
    name: "chain",
    lane: "servers",
    about: "the contracts on an EVM: units, invariants, attacks, proof, gas",
    run: () => vitest("chain"),
  },
  { name: "lab", lane: "time", about: "labs as a user runs them, with real packets", run: () => vitest("lab") },
  {
    name: "demo",
    lane: "time",
    about: "the whole system at work, and what it says when a step is broken",
    run: () => vitest("demo"),
  },
  {
    name: "browser",
    lane: "servers",
    about: "the dashboard in Chromium, over a real controller",
    run: () => vitest("browser"),
  },
  {
    name: "ansible",
    lane: "servers",
    about: "the collection: linted, and played over SSH on machines made here",
    run: () => vitestInNamespaces("ansible"),
  },
  {
    name: "ansible-wan",
    lane: "servers",
    about: "twelve machines through their life, upgraded under traffic",
    isApart: true,
    run: () => vitestInNamespaces("ansible-wan"),
  },
  {
    name: "vm",
    lane: "servers",
    about: "the distribution's kernel in an emulated machine: tenants, netem, WireGuard",
    run: vm,
  },
  {
    name: "package",
    lane: "code",
    about: "what is shipped, installed: the tarball, and the Debian package under systemd",
    run: () => vitest("package"),
  },
];
