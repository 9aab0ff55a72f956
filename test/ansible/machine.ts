// A machine to run playbooks against: its own root (an overlay over this one's), its own network namespace, and an sshd that
// listens nowhere, for ssh's ProxyCommand starts it. There is no systemd in it.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram } from "../../src/base/program.ts";

const run = (line: string): string => execFileSync("sh", ["-ec", line], { encoding: "utf8", stdio: "pipe" });

/** Why there can be none here. */
export function whyNoMachines(): string | undefined {
  for (const tool of ["ansible-playbook", "sshd", "dpkg-deb", "start-stop-daemon"]) {
    if (findProgram(tool, `${process.env.PATH}:/usr/sbin:/sbin`) === undefined)
      return `${tool} is not installed (make setup installs it)`;
  }
  const isRoot = process.getuid?.() === 0 && /^\s*0\s+0\s+4294967295/.test(readFileSync("/proc/self/uid_map", "utf8"));
  if (!isRoot) return "only root can make overlays, and be logged in as on them";
  return existsSync("/var/lib/dpkg/status") ? undefined : "packages are those of Debian, and this is none";
}

/** A folder for machines and what belongs to them, on a file system of its own: an overlay cannot lie on an overlay. */
export class Rack {
  readonly folder = mkdtempSync(join(tmpdir(), "srwan-rack-"));
  readonly #machines: Machine[] = [];
  readonly #hosts: Host[] = [];
  readonly #doors: Server[] = [];
  /** Where machines find what runs beside them. */
  readonly address = "10.77.0.254";

  constructor() {
    run(
      `mount -t tmpfs srwan '${this.folder}'; ip link add hub type bridge; ip link set hub up; ip address add ${this.address}/24 dev hub`,
    );
    run(
      `ssh-keygen -q -t ed25519 -N '' -f '${this.folder}/key'; ssh-keygen -q -t ed25519 -N '' -f '${this.folder}/host'`,
    );
    writeFileSync(
      join(this.folder, "sshd"),
      `HostKey ${this.folder}/host\nAuthorizedKeysFile ${this.folder}/key.pub\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n`,
    );
  }

  machine(name: string): Machine {
    const made = new Machine(this, name, this.#machines.length + 1);
    this.#machines.push(made);
    return made;
  }

  /** Somebody's computer: a network namespace alone. */
  host(name: string): Host {
    run(`ip netns add ${name}; ip -n ${name} link set lo up`);
    const made: Host = { name, run: (line) => run(`ip netns exec ${name} sh -ec '${line}'`) };
    this.#hosts.push(made);
    return made;
  }

  /** A port of loopback here, as machines reach it: not while one is waited for in one stroke. */
  door(port: number): Promise<number> {
    const door = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on("error", () => other.destroy());
        one.pipe(other);
      }
    });
    this.#doors.push(door);
    return new Promise((done) => {
      door.listen(0, this.address, () => done((door.address() as AddressInfo).port));
    });
  }

  close(): void {
    for (const door of this.#doors) door.close();
    for (const machine of this.#machines) machine.close();
    for (const { name } of this.#hosts) run(`ip netns del ${name}`);
    run(`ip link del hub; umount -l '${this.folder}'`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export type Host = { readonly name: string; readonly run: (line: string) => string };

export class Machine {
  readonly name: string;
  readonly root: string;
  readonly address: string;
  readonly #folder: string;

  constructor(rack: Rack, name: string, number: number) {
    this.name = name;
    this.address = `10.77.0.${number}`;
    this.#folder = join(rack.folder, name);
    this.root = join(this.#folder, "root");
    for (const part of ["upper", "work", "root"]) mkdirSync(join(this.#folder, part), { recursive: true });
    run(`cd '${this.#folder}'; mount -t overlay srwan -o lowerdir=/,upperdir=upper,workdir=work root`);
    for (const tree of ["proc", "dev"]) run(`mount --rbind /${tree} '${this.root}/${tree}'`);
    // Without a package source apt reads what is installed alone: to read all that Debian has takes it ten seconds each time.
    for (const fresh of ["run", "tmp", "root", "var/lib/srwan", "var/cache", "var/lib/apt/lists"]) this.#fresh(fresh);
    const here = [
      process.cwd(),
      realpathSync("node_modules"),
      dirname(dirname(realpathSync(process.execPath))),
      rack.folder,
    ];
    for (const path of new Set(here)) this.#show(path);
    mkdirSync(join(this.root, "run/sshd"));
    run(`ip netns add ${name}; ip link add to-${name} type veth peer name eth0 netns ${name}
      ip link set to-${name} master hub up; ip -n ${name} link set lo up; ip -n ${name} link set eth0 up
      ip -n ${name} address add ${this.address}/24 dev eth0
      nsenter --net=/run/netns/${name} mount -t sysfs srwan '${this.root}/sys'`);
  }

  /** How ssh gets in. */
  static proxy = (rack: Rack): string =>
    `nsenter --net=/run/netns/%h chroot ${rack.folder}/%h/root /usr/sbin/sshd -i -f ${rack.folder}/sshd`;

  /** What a shell line on the machine prints; a failure is told, not thrown. */
  run(line: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
    const words = [`--net=/run/netns/${this.name}`, "chroot", this.root, "sh", "-c", line];
    return spawnSync("nsenter", words, {
      encoding: "utf8",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" },
    });
  }

  has = (path: string): boolean => existsSync(join(this.root, path));
  text = (path: string): string => readFileSync(join(this.root, path), "utf8");

  close(): void {
    spawnSync("sh", [
      "-c",
      `ip netns pids ${this.name} | xargs -r kill -9; ip netns del ${this.name}; ip link del to-${this.name}`,
    ]);
    run(`umount -l '${this.root}'`);
  }

  #fresh(path: string): void {
    run(`mkdir -p '${this.root}/${path}'; mount -t tmpfs -o mode=755 srwan '${this.root}/${path}'`);
    if (path === "tmp") run(`chmod 1777 '${this.root}/tmp'`);
  }

  /** A folder of this machine at the same place there, read-only. */
  #show(path: string): void {
    run(
      `mkdir -p '${this.root}${path}'; mount --bind '${path}' '${this.root}${path}'; mount -o remount,bind,ro '${this.root}${path}'`,
    );
  }
}

/** A veth between two machines, an address at each end. */
export function cable(a: { readonly name: string }, b: { readonly name: string }, network: string): void {
  run(`ip link add to-${b.name} netns ${a.name} type veth peer name to-${a.name} netns ${b.name}
    ip -n ${a.name} address add ${network}::1/64 dev to-${b.name} nodad; ip -n ${a.name} link set to-${b.name} up
    ip -n ${b.name} address add ${network}::2/64 dev to-${a.name} nodad; ip -n ${b.name} link set to-${a.name} up`);
}
