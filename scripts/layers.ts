// The layers of the test suite, in the order they run: cheap and broad first. Each says how it is run and what it holds.

import { type Counted, command, vitest, vitestInNamespaces } from "./layer-run.ts";
import { vm } from "./vm/layer.ts";

export type Layer = {
  readonly name: string;
  readonly about: string;
  /** It measures no real time, so that others may run at the same time. */
  readonly beside?: true;
  readonly run: () => Promise<Counted>;
};

export const LAYERS: readonly Layer[] = [
  {
    name: "lint",
    about: "form of the code, the shell scripts and the Dockerfile",
    beside: true,
    run: () =>
      command([
        { title: "biome", words: ["biome", "ci", "--error-on-warnings", "."] },
        { title: "shellcheck", words: ["shellcheck", "scripts/setup.sh", "scripts/vm/init.sh", ".ci/run"] },
        { title: "launcher", words: ["sh", "-c", "sed '/^[*]\\/$/,$d' bin/srwan | shellcheck --shell=sh -"] },
        { title: "Dockerfile", words: ["dockerfile-utils", "lint", "Dockerfile"] },
      ]),
  },
  {
    name: "types",
    about: "strict TypeScript",
    beside: true,
    run: () =>
      command([
        { title: "tsc", words: ["tsc", "-p", "."] },
        { title: "tsc of the dashboard", words: ["tsc", "-p", "web"] },
      ]),
  },
  { name: "unit", about: "each room alone, beside its code", beside: true, run: () => vitest("unit") },
  { name: "house", about: "the rules of ARCHITECTURE.md", beside: true, run: () => vitest("house") },
  { name: "cli", about: "whole processes at a command line", beside: true, run: () => vitest("cli") },
  {
    name: "service",
    about: "the service over both stores, its processes killed in turn",
    beside: true,
    run: () => vitest("service"),
  },
  { name: "kernel", about: "the real kernel, in namespaces of its own", run: () => vitestInNamespaces("kernel") },
  { name: "pulse", about: "pulses over real paths, and with other implementations", run: () => vitest("pulse") },
  {
    name: "netconf",
    about: "routers: a server that is not ours, and one that breaks every rule",
    beside: true,
    run: () => vitest("netconf"),
  },
  {
    name: "yang",
    about: "what is rendered, judged with the vendors' own modules; our modules",
    beside: true,
    run: () => vitest("yang"),
  },
  { name: "agent", about: "agents on real kernels: proved moves, failovers, kills", run: () => vitest("agent") },
  {
    name: "chaos",
    about: "the whole system while parts of it are killed, cut off and lied to",
    run: () => vitest("chaos"),
  },
  {
    name: "chain",
    about: "the contracts on an EVM: units, invariants, attacks, proof, gas",
    beside: true,
    run: () => vitest("chain"),
  },
  { name: "lab", about: "labs as a user runs them, with real packets", run: () => vitest("lab") },
  {
    name: "demo",
    about: "the whole system at work, and what it says when a step is broken",
    run: () => vitest("demo"),
  },
  {
    name: "browser",
    about: "the dashboard in Chromium, over a real controller",
    run: () => vitest("browser"),
  },
  {
    name: "ansible",
    about: "the collection: linted, and played over SSH on machines made here",
    beside: true,
    run: () => vitestInNamespaces("ansible"),
  },
  {
    name: "vm",
    about: "the distribution's kernel in an emulated machine: tenants, netem, WireGuard",
    beside: true,
    run: vm,
  },
  { name: "package", about: "the shipped tarball, installed", beside: true, run: () => vitest("package") },
];
