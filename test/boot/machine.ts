// The machine that boot.test.ts boots, as files: two POPs with two segments between them, their records, settings and units.
// The units are the shipped ones; drop-ins stretch timers, for the processor is emulated, and put chi into its namespace.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const TRANSITS = ["alder", "birch"] as const;
const POPS = ["sea", "chi"] as const;

/** Longer than any chapter takes, and shorter than the test waits. */
const LIFE_S = 2_400;
export const BOOT_LIMIT_S = LIFE_S + 120;

const record = (at: 0 | 1): object => {
  const [name, to] = at === 0 ? POPS : POPS.toReversed();
  return {
    name,
    platform: "linux",
    transits: TRANSITS.map((transit) => ({ name: transit })),
    segments: TRANSITS.map((transit, i) => ({
      transit,
      to,
      device: `${to}-${transit}`,
      local: `2001:db8:1${i + 1}::${at + 1}`,
      nexthop: `2001:db8:1${i + 1}::${2 - at}`,
    })),
    address: `2001:db8:c::${at + 1}`,
  };
};

const SLOW = "[Service]\nTimeoutStartSec=600s\nTimeoutStopSec=60s\nWatchdogSec=60s\n";

/** The agent's unit a second time, for another POP of this machine: its own folders, and a network namespace. */
const CHI = `[Unit]
After=roads.service
ConditionPathExists=
ConditionPathExists=/var/lib/srwan/chi/identity.json
[Service]
NetworkNamespacePath=/run/netns/chi
ExecStart=
ExecStart=/usr/bin/srwan agent run --config /etc/srwan/chi.yaml
StateDirectory=
StateDirectory=srwan/chi
RuntimeDirectory=
RuntimeDirectory=srwan-chi
CacheDirectory=
CacheDirectory=srwan-chi
Environment=XDG_CACHE_HOME=/var/cache/srwan-chi HOME=/var/cache/srwan-chi SRWAN_PROBE_NAMESPACE=chi-probe
`;

const ROADS = `[Unit]
Description=Cables of this machine
Before=srwan-probe.service srwan-controller.service srwan-agent.service srwan-chi.service life.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /life/roads.sh
`;

const LIFE = `[Unit]
Description=What happens on this machine
FailureAction=poweroff-force
[Service]
ExecStart=/bin/sh /life/life.sh
RuntimeMaxSec=${LIFE_S}s
`;

const CONTROLLER = `
listen: ":7177"
url: https://192.0.2.1:7177
tls: { names: [192.0.2.1] }
pulse: { intervalMs: 2000, reportMs: 3000 }
agents: { heartbeatMs: 10000 }
`;

const FILES: Readonly<Record<string, string>> = {
  "controller.yaml": CONTROLLER,
  "chi.yaml": "state: /var/lib/srwan/chi\nrecord: /etc/srwan/pop-chi.yaml\nprobe: { namespace: chi-probe }\n",
  "pops/pop-sea.yaml": JSON.stringify(record(0)),
  "pops/pop-chi.yaml": JSON.stringify(record(1)),
  "etc/systemd/system/roads.service": ROADS,
  "etc/systemd/system/life.service": LIFE,
  "etc/systemd/system/srwan-chi.service.d/chi.conf": CHI,
  ...Object.fromEntries(
    ["controller", "agent", "chi"].map((name) => [`etc/systemd/system/srwan-${name}.service.d/slow.conf`, SLOW]),
  ),
};

/** What the package unpacks to, and in /life what happens there; its /etc is kept apart until the machine has one of its own. */
export function writeTree(root: string, deb: string): void {
  execFileSync("dpkg-deb", ["-x", deb, root]);
  execFileSync("dpkg-deb", ["-e", deb, join(root, "life/control")]);
  const folder = join(root, "life");
  renameSync(join(root, "etc"), join(folder, "etc"));
  for (const name of ["life.sh", "roads.sh"]) copyFileSync(join(import.meta.dirname, name), join(folder, name));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const wants = join(folder, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wants);
  for (const name of ["roads.service", "life.service"]) symlinkSync(`../${name}`, join(wants, name));
}
