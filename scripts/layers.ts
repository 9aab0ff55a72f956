// The layers of the test suite, in the order they are begun: cheap and broad first, then the longest. Each says how it is run and what it holds.

import { type Counted, command, vitest, vitestInNamespaces } from "./layer-run.ts";
import { vm } from "./vm/layer.ts";

export type Layer = {
  readonly name: string;
  readonly about: string;
  /** It measures real time: no other such layer runs beside it. */
  readonly timed?: true;
  /** Too long for every run: only where it is named. */
  readonly isApart?: true;
  readonly run: () => Promise<Counted>;
};

const SHELL_SCRIPTS = [
  ...["scripts/setup.sh", "scripts/deb-test.sh", "scripts/vm/init.sh", ".ci/run"],
  ...["boot", "life"].map((name) => `test/package/${name}.sh`),
  ...["life", "roads"].map((name) => `test/boot/${name}.sh`),
  ...["postinst", "prerm", "postrm"].map((name) => `deploy/debian/${name}`),
];

export const LAYERS: readonly Layer[] = [
  {
    name: "lint",
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
    about: "strict TypeScript",
    run: () =>
      command([
        { title: "tsc", words: ["tsc", "-p", "."] },
        { title: "tsc of the dashboard", words: ["tsc", "-p", "web"] },
      ]),
  },
  { name: "unit", about: "each room alone, beside its code", run: () => vitest("unit") },
  { name: "house", about: "the rules of ARCHITECTURE.md", run: () => vitest("house") },
  {
    name: "chain",
    about: "the contracts on an EVM: units, invariants, attacks, proof, gas",
    run: () => vitest("chain"),
  },
  {
    name: "netconf",
    about: "routers: a server that is not ours, and one that breaks every rule",
    run: () => vitest("netconf"),
  },
  { name: "cli", about: "whole processes at a command line", run: () => vitest("cli") },
  {
    name: "service",
    about: "the service over both stores, its processes killed in turn",
    run: () => vitest("service"),
  },
  {
    name: "kernel",
    timed: true,
    about: "the real kernel, in namespaces of its own",
    run: () => vitestInNamespaces("kernel"),
  },
  {
    name: "pulse",
    timed: true,
    about: "pulses over real paths, and with other implementations",
    run: () => vitest("pulse"),
  },
  {
    name: "agent",
    timed: true,
    about: "agents on real kernels: proved moves, failovers, kills",
    run: () => vitest("agent"),
  },
  {
    name: "chaos",
    timed: true,
    about: "the whole system while parts of it are killed, cut off and lied to",
    run: () => vitest("chaos"),
  },
  { name: "lab", timed: true, about: "labs as a user runs them, with real packets", run: () => vitest("lab") },
  {
    name: "demo",
    timed: true,
    about: "the whole system at work, and what it says when a step is broken",
    run: () => vitest("demo"),
  },
  {
    name: "package",
    about: "what is shipped, installed: the tarball",
    run: () => vitest("package"),
  },
  {
    name: "browser",
    about: "the dashboard in Chromium, over a real controller",
    run: () => vitest("browser"),
  },
  { name: "ansible", about: "the collection: its form, its arguments, its inventory", run: () => vitest("ansible") },
  {
    name: "vm",
    about: "the distribution's kernel in an emulated machine: tenants, netem, WireGuard",
    run: vm,
  },
  {
    name: "yang",
    about: "what is rendered, judged with the vendors' own modules; our modules",
    run: () => vitest("yang"),
  },
  {
    name: "deb",
    about: "the Debian package through its life under systemd, over this machine's own root",
    isApart: true,
    run: () => vitest("deb"),
  },
  {
    name: "boot",
    about: "a machine that systemd boots: the shipped units at work, killed, stopped, without power",
    isApart: true,
    run: () => vitest("boot"),
  },
  {
    name: "ansible-wan",
    about:
      "the collection played over SSH: machines from nothing, and twelve through their life, upgraded under traffic",
    isApart: true,
    run: () => vitestInNamespaces("ansible-wan"),
  },
];
