// The launcher as a user meets it: under sh, under an old Node, with none at all.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const launcher = resolve("bin/srwan");
const scratch = mkdtempSync(join(tmpdir(), "srwan-launcher-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", HOME: scratch, ...env },
  });
  return { status, stdout, stderr };
}

/** A folder that holds the launcher alone, as if nothing were set up, and a PATH with only the basic tools. */
function bareClone(name: string): { launcher: string; path: string } {
  const home = join(scratch, name);
  mkdirSync(join(home, "bin"), { recursive: true });
  symlinkSync("/bin/sh", join(home, "sh"));
  for (const tool of ["readlink", "cat"]) symlinkSync(`/usr/bin/${tool}`, join(home, tool));
  const text = spawnSync("cat", [launcher], { encoding: "utf8" }).stdout;
  writeFileSync(join(home, "bin", "srwan"), text, { mode: 0o755 });
  return { launcher: join(home, "bin", "srwan"), path: home };
}

describe("bin/srwan", () => {
  it("runs through a symbolic link, from any folder", () => {
    const link = join(scratch, "srwan");
    symlinkSync(launcher, link);
    const { status, stdout } = start("sh", ["-c", `cd / && ${link} --version`]);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  it("reads a library of hundreds of files as one, and starts without that too", () => {
    const tell = `import { registerHooks } from "node:module";
      registerHooks({ load: (url, context, next) => (url.includes("typebox") && console.error(url), next(url, context)) });`;
    const read = (path: string): string[] => {
      const { stderr } = start(process.execPath, ["--import", `data:text/javascript,${tell}`, path, "policy", "list"]);
      expect(stderr).toContain("error SERVICE_UNREACHABLE");
      return stderr.match(/^file:.*$/gm) ?? [];
    };
    const ours = read(launcher);
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((url) => !url.includes("/.libraries/typebox"))).toEqual([]);
    const home = join(scratch, "without");
    mkdirSync(home);
    cpSync(resolve("bin"), join(home, "bin"), { recursive: true });
    symlinkSync(resolve("src"), join(home, "src"));
    expect(read(join(home, "bin", "srwan")).length).toBeGreaterThan(100);
  });

  it("keeps the caller's process id, so that a supervisor's signals arrive", () => {
    const fake = join(scratch, "pid-node");
    writeFileSync(fake, "#!/bin/sh\necho $$\n", { mode: 0o755 });
    const { stdout } = start("sh", ["-c", `echo $$; exec ${launcher} doctor`], { SRWAN_NODE: fake });
    const [before, after] = stdout.trim().split("\n");
    expect(after).toBe(before);
  });

  it("says in one sentence what to do when there is no Node", () => {
    const bare = bareClone("none");
    const { status, stderr } = start(bare.launcher, ["--version"], { PATH: bare.path });
    expect([status, stderr.split("\n").length]).toEqual([5, 2]);
    expect(stderr).toContain("install Node.js 24.15 or newer");
  });

  it("says the version it found and the one it needs when Node is too old", () => {
    const bare = bareClone("old");
    // Stands for an old Node: the launcher's own JavaScript is run with the version it would see there.
    const pretend = `Object.defineProperty(process.versions, "node", { value: "18.20.4" });`;
    const { status, stderr } = start(process.execPath, ["--import", `data:text/javascript,${pretend}`, bare.launcher]);
    expect([status, stderr]).toEqual([5, expect.stringContaining("this is Node.js 18.20.4; install 24.15 or newer")]);
  });

  it("uses the Node that SRWAN_NODE names", () => {
    const fake = join(scratch, "fake-node");
    writeFileSync(fake, '#!/bin/sh\necho fake "$2"\n');
    chmodSync(fake, 0o755);
    expect(start(launcher, ["doctor"], { SRWAN_NODE: fake }).stdout).toBe("fake doctor\n");
  });

  it("ends quietly when its reader has seen enough", () => {
    const { status, stderr } = start("sh", ["-c", `${launcher} doctor -o json | head -n 1`]);
    expect([status, stderr]).toEqual([0, ""]);
  });
});

describe("srwan doctor", () => {
  it("gives the same document as root and inside a user namespace, with seg6local tried in both", ({ skip }) => {
    if (start("unshare", ["-Urnm", "true"]).status !== 0) skip("user namespaces are not allowed here");
    const outside = start(launcher, ["doctor", "-o", "json"]);
    const inside = start("unshare", ["-Urnm", launcher, "doctor", "-o", "json"]);
    for (const { stdout } of [outside, inside]) {
      const report = JSON.parse(stdout);
      expect(report.schema).toBe("srwan.doctor/1");
      expect(report.checks.find((check: { id: string }) => check.id === "kernel.seg6local").status).toBe("ok");
    }
    expect(JSON.parse(inside.stdout).machine.user).toBe("root-in-user-namespace");
  });
});

describe("completion scripts", () => {
  it.for(["bash", "zsh", "fish"])("of %s hold no error that its shell would see", (shell, { skip }) => {
    const { status, stdout } = start(launcher, ["completion", shell]);
    expect([status, stdout]).toEqual([0, expect.stringContaining("__complete")]);
    if (start(shell, ["-c", ":"]).status === null) skip(`${shell} is not installed`);
    const file = join(scratch, `completion.${shell}`);
    writeFileSync(file, stdout);
    expect(start(shell, ["-n", file])).toMatchObject({ status: 0, stderr: "" });
  });

  it("complete in a real bash", () => {
    const script = `source <(srwan completion bash); COMP_WORDS=(srwan config sh); COMP_CWORD=2; _srwan; echo "\${COMPREPLY[@]}"`;
    const path = `${resolve("bin")}:${process.env.PATH}`;
    expect(start("bash", ["-c", script], { PATH: path }).stdout).toBe("show\n");
  });
});
