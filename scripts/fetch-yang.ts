// `node scripts/fetch-yang.ts FOLDER`: the vendors' and the IETF's modules that renderings are checked with, from the
// public repositories that carry them, at the commits they were checked at. They are data for tests and no part of the
// project. One folder a set, for each set carries its own revision of the types they share.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

export type FetchedSet = {
  readonly repository: string;
  readonly commit: string;
  /** Looked through in this order. */
  readonly folders: readonly string[];
  readonly modules: readonly string[];
};

const under = (prefix: string, names: string): string[] => names.split(" ").map((name) => `${prefix}${name}`);
const YANG_MODELS = { repository: "https://github.com/YangModels/yang", commit: "6795d9c" };
const JUNIPER = { repository: "https://github.com/Juniper/yang", commit: "2a696d6" };
const JUNOS = "24.4/24.4R1/native";

export const FETCHED = {
  iosxr: {
    ...YANG_MODELS,
    folders: ["vendor/cisco/xr/2541"],
    modules: [
      ...under(
        "Cisco-IOS-XR-",
        "infra-statsd-oper infra-statsd-oper-sub1 infra-xtc-agent-cfg infra-xtc-agent-oper infra-xtc-agent-oper-sub1 infra-xtc-agent-oper-sub2 infra-xtc-agent-oper-sub3 ip-static-cfg qos-ma-oper segment-routing-ms-cfg segment-routing-srv6-cfg segment-routing-srv6-datatypes segment-routing-srv6-oper segment-routing-srv6-oper-sub1 types um-if-service-policy-qos-cfg um-interface-cfg um-policymap-classmap-cfg um-router-static-cfg um-segment-routing-cfg um-segment-routing-srv6-cfg",
      ),
      ...under(
        "",
        "cisco-semver ietf-inet-types ietf-yang-types tailf-cli-extensions tailf-common tailf-meta-extensions",
      ),
    ],
  },
  iosxe: {
    ...YANG_MODELS,
    folders: ["vendor/cisco/xe/2611"],
    modules: [
      ...under(
        "Cisco-IOS-XE-",
        "aaa-rpc arp-rpc atm bgp-rpc crypto-rpc dhcp-rpc ethernet ethernet-cfm-efp ethernet-oam features hsrp interface-common interfaces interfaces-oper ios-common-oper ip ipv6 isis l2vpn license line location logging mpls multicast-rpc native ospf-rpc parser platform-rpc policy pppoe rpc segment-routing snmp transceiver-monitor transport types wireless-rpc",
      ),
      ...under("", "cisco-ia cisco-self-mgmt cisco-semver ietf-inet-types ietf-yang-types"),
    ],
  },
  junos: {
    ...JUNIPER,
    folders: [
      `${JUNOS}/conf-and-rpcs/junos/conf/models`,
      `${JUNOS}/conf-and-rpcs/common/models`,
      `${JUNOS}/state/models`,
      JUNOS,
    ],
    modules: [
      ...under(
        "junos-",
        "base-extensions common-types conf-class-of-service conf-firewall conf-interfaces conf-protocols conf-root conf-routing-options extensions state state-interfaces",
      ),
      ...under("", "ietf-yang-types"),
    ],
  },
  ietf: {
    ...YANG_MODELS,
    folders: ["standard/ietf/RFC", "standard/iana", "standard/ietf"],
    modules: [
      ...under(
        "ietf-",
        "crypto-types datastores inet-types interfaces ip ipv6-router-advertisements ipv6-unicast-routing netconf netconf-acm netconf-monitoring netconf-nmda netconf-notifications netconf-with-defaults origin restconf restconf-monitoring routing segment-routing x509-cert-to-name yang-library yang-metadata yang-patch yang-types",
      ),
      ...under("", "iana-if-type nc-notifications notifications"),
    ],
  },
} as const satisfies Record<string, FetchedSet>;

/** One module that no parser takes as it is published: in a quoted YANG string a backslash stands for itself only twice. */
const MEND = { set: "junos", module: "junos-conf-class-of-service", wrong: 'pattern "\\*"', right: 'pattern "\\\\*"' };

/** Of the paths of a repository the one of a module: the name alone, else with the newest date behind it. */
export function pathOf(module: string, paths: readonly string[]): string | undefined {
  const fits = paths.filter(
    (path) => basename(path).replace(/(@[0-9-]+)?\.yang$/, "") === module && path.endsWith(".yang"),
  );
  return fits.find((path) => basename(path) === `${module}.yang`) ?? fits.toSorted().at(-1);
}

class Trouble extends Error {}

function git(folder: string, ...words: readonly string[]): string {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0" };
  const { status, stdout, stderr, error } = spawnSync("git", words, {
    cwd: folder,
    env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error) throw new Trouble(`git cannot be started: ${error.message}. Install git.`);
  if (status !== 0) throw new Trouble(`git ${words[0]} failed: ${stderr.trim().split("\n").at(-1) ?? ""}`);
  return stdout;
}

function fetchSet(name: string, { commit, folders, modules }: FetchedSet, clone: string, target: string): void {
  const folder = join(target, name);
  mkdirSync(folder, { recursive: true });
  const levels = folders.map((one) => git(clone, "ls-tree", "-r", "--name-only", commit, "--", one).split("\n"));
  for (const module of modules) {
    const path = levels.map((paths) => pathOf(module, paths)).find((found) => found !== undefined);
    if (path === undefined) throw new Trouble(`${name}: the repository has no module ${module} at ${commit}`);
    const text = git(clone, "show", `${commit}:${path}`);
    writeFileSync(join(folder, `${module}.yang`), text);
    if (name === MEND.set && module === MEND.module) {
      mkdirSync(join(folder, "patched"), { recursive: true });
      writeFileSync(join(folder, "patched", `${module}.yang`), text.replaceAll(MEND.wrong, MEND.right));
    }
  }
  process.stdout.write(`${name}: ${modules.length} modules\n`);
}

function main([target]: readonly string[]): number {
  if (target === undefined || target.startsWith("-")) {
    process.stderr.write("usage: node scripts/fetch-yang.ts FOLDER\nThen run the tests with YANG_MODULES=FOLDER.\n");
    return 2;
  }
  const scratch = mkdtempSync(join(tmpdir(), "srwan-fetch-yang-"));
  try {
    for (const [name, set] of Object.entries(FETCHED)) {
      const clone = join(scratch, new URL(set.repository).pathname.slice(1).replace("/", "-"));
      if (!existsSync(clone)) {
        process.stdout.write(`${set.repository} ...\n`);
        // Without contents: those of the few modules that are wanted follow one by one.
        git(scratch, "clone", "--quiet", "--filter=blob:none", "--no-checkout", set.repository, clone);
      }
      fetchSet(name, set, clone, target);
    }
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Trouble)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    process.stderr.write("This needs the internet: github.com over HTTPS. Nothing else of srwan does.\n");
    return 5;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
