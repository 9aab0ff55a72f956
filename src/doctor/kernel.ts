// Kernel checks: each is a few shell lines that try the thing in a throw-away network namespace. Tried, not guessed: a
// configuration flag or a version number says less than a route that was taken and read back.

import type { Finding } from "./report.ts";
import type { Run } from "./run.ts";

export type KernelCheck = {
  readonly id: string;
  readonly neededFor: string;
  readonly required: boolean;
  /** Runs under `set -e`; its error line, else its last line, is what was found. Exit 3: a part of the thing works. */
  readonly script: string;
  readonly remedy: string;
};

const SEG6LOCAL_TRY = `
try() { name=$1; shift; if ip -6 route replace fc00:d0c::1/128 encap seg6local action "$@" 2>/dev/null
  then has="$has $name"; else lacks="$lacks $name"; fi; }`;

const TELL = `
if [ -z "$has" ]; then echo "none taken"; exit 1; fi
if [ -n "$lacks" ]; then echo "takes$has; lacks$lacks"; exit 3; fi
echo "takes$has"`;

export const KERNEL_CHECKS: readonly KernelCheck[] = [
  {
    id: "kernel.seg6",
    neededFor: "putting SID lists on packets",
    required: true,
    script: `
for mode in encap encap.red inline l2encap l2encap.red; do
  if ip -6 route replace fc00:d0c::/64 encap seg6 mode $mode segs fc00::1,fc00::2 dev lo 2>/dev/null &&
     ip -6 route show fc00:d0c::/64 | grep -q "mode $mode .*fc00::1 fc00::2"
  then has="$has $mode"; else lacks="$lacks $mode"; fi
done${TELL}`,
    remedy: "Run a kernel with CONFIG_IPV6_SEG6_LWTUNNEL=y (Debian's and Ubuntu's own kernels have it).",
  },
  {
    id: "kernel.seg6local",
    neededFor: "answering for local SIDs",
    required: true,
    script: `${SEG6LOCAL_TRY}
try End End dev lo
try End.X End.X nh6 fe80::1 dev lo
try End.T End.T table 254 dev lo
try End.DX2 End.DX2 oif lo dev lo
try End.DX4 End.DX4 nh4 192.0.2.1 dev lo
try End.DX6 End.DX6 nh6 fc00::9 dev lo
try End.DT6 End.DT6 table 254 dev lo
try End.B6.Encaps End.B6.Encaps srh segs fc00::1 dev lo${TELL}`,
    remedy: "Run a kernel with CONFIG_IPV6_SEG6_LWTUNNEL=y, 5.14 or newer.",
  },
  {
    id: "kernel.seg6local-counters",
    neededFor: "metering what each SID carried",
    required: true,
    script: `
ip -6 route add fc00:d0c::1/128 encap seg6local action End count dev lo
ip -6 -s route show fc00:d0c::1/128 | grep -qi packets
echo "packets, octets and errors counted for each SID"`,
    remedy: "Run kernel 5.14 or newer, and iproute2 5.17 or newer.",
  },
  {
    id: "kernel.next-csid",
    neededFor: "short SID lists (RFC 9800, uSID)",
    required: false,
    script: `${SEG6LOCAL_TRY}
try End End flavors next-csid lblen 32 nflen 16 dev lo
try End.X End.X nh6 fe80::1 flavors next-csid lblen 32 nflen 16 dev lo
try PSP End flavors psp dev lo${TELL}`,
    remedy: "Run kernel 6.6 or newer for End.X with NEXT-CSID; without it srwan sends full SID lists.",
  },
  {
    id: "kernel.nexthop-encap",
    neededFor: "moving any number of prefixes with one message",
    required: false,
    script: `
ip -6 nexthop add id 10 dev lo encap seg6 mode encap.red segs fc00::1,fc00::2
ip -6 nexthop add id 11 dev lo encap seg6 mode encap.red segs fc00::3
ip nexthop add id 20 group 10,3/11,1
ip -6 route add fc00:d0c::/64 nhid 20
ip route add 192.0.2.0/24 nhid 20
ip nexthop add id 21 group 10/11 type resilient buckets 32
echo "SID lists in nexthop objects, weighted and resilient groups, both families"`,
    remedy: "Run kernel 5.13 or newer; without it srwan puts the SID list on every route.",
  },
  {
    id: "kernel.vrf",
    neededFor: "tenants, End.DT4 and End.DT46",
    required: false,
    script: `${SEG6LOCAL_TRY}
ip link add vrf-doctor type vrf table 1001
ip link set vrf-doctor up
echo 1 > /proc/sys/net/vrf/strict_mode
try End.DT4 End.DT4 vrftable 1001 dev vrf-doctor
try End.DT6-vrf End.DT6 vrftable 1001 dev vrf-doctor
try End.DT46 End.DT46 vrftable 1001 dev vrf-doctor${TELL}`,
    remedy: "Run a kernel with CONFIG_NET_VRF (Debian: linux-image-amd64); without it tenants cannot be isolated.",
  },
  {
    id: "kernel.hmac",
    neededFor: "signed segment routing headers",
    required: false,
    script: `
said=$(printf 'doctor\\n' | ip sr hmac set 17 sha256 2>&1) || { echo "$said" | sed 's/^Enter[^:]*: *//'; exit 1; }
ip sr hmac show | grep -q 17
echo "key set and read back"`,
    remedy: "Use CONFIG_IPV6_SEG6_HMAC=y and real root: in a user namespace the kernel refuses HMAC keys.",
  },
  {
    id: "kernel.veth",
    neededFor: "the lab",
    required: false,
    script: `ip link add a0 type veth peer name a1; echo "veth pair made"`,
    remedy: "Run a kernel with CONFIG_VETH.",
  },
  {
    id: "kernel.netem",
    neededFor: "the lab's delays and losses, done by the kernel",
    required: false,
    script: `tc qdisc add dev lo root netem delay 1ms; echo "delay put on a link"`,
    remedy: "Load sch_netem (CONFIG_NET_SCH_NETEM); without it the lab delays packets in a relay of its own.",
  },
  {
    id: "kernel.vxlan",
    neededFor: "the lab's links where netem is missing",
    required: false,
    script: `ip link add vx0 type vxlan id 1 dstport 4789 remote 127.0.0.1 dev lo; echo "VXLAN device made"`,
    remedy: "Run a kernel with CONFIG_VXLAN.",
  },
  {
    id: "kernel.wireguard",
    neededFor: "encrypted segments between POPs",
    required: false,
    script: `ip link add wg0 type wireguard; echo "WireGuard device made"`,
    remedy:
      "Load the wireguard module (CONFIG_WIREGUARD, kernel 5.6 or newer), or apt-get install wireguard-go: slower, in a process for each segment.",
  },
  {
    id: "kernel.nftables",
    neededFor: "the domain's edge and steering by class",
    required: true,
    script: `
printf 'table inet doctor { chain c { type filter hook prerouting priority 0; rt type 4 drop; srh flags & 8 == 8 drop; frag nexthdr 43 drop; icmpv6 type echo-request limit rate over 9/second drop; ip6 daddr fc00::/16 drop; ip dscp ef meta mark set 1; }; }\\n' | nft -f -
nft list table inet doctor | grep -q 'rt type 4'
echo "rules on the routing header, addresses and DSCP taken"`,
    remedy: "Install nftables (apt-get install nftables) and run a kernel with CONFIG_NF_TABLES_INET.",
  },
];

/** One shell script for all checks, each in a namespace of its own; answers "id TAB exit code TAB what was found". */
export function kernelScript(checks: readonly KernelCheck[]): string {
  const one = ({ id, script }: KernelCheck): string => `
out=$(unshare --net sh 2>&1 <<'CHECK'
set -e
ip link set lo up
${script}
CHECK
) && rc=0 || rc=$?
line=$(printf '%s\\n' "$out" | grep -m 1 -e '^Error' -e 'not permitted' || printf '%s\\n' "$out" | tail -n 1)
printf '%s\\t%s\\t%s\\n' '${id}' "$rc" "$line"`;
  return checks.map(one).join("\n");
}

/** How to get a network namespace of our own: as root by asking, else inside a user namespace. */
export const asNamespaceRoot = (isRoot: boolean): readonly [string, ...string[]] =>
  isRoot ? ["sh", "-s"] : ["unshare", "--user", "--map-root-user", "sh", "-s"];

export async function runKernelChecks(
  run: Run,
  isRoot: boolean,
  checks: readonly KernelCheck[] = KERNEL_CHECKS,
): Promise<ReadonlyMap<string, Finding>> {
  const [command, ...args] = asNamespaceRoot(isRoot);
  const { stdout, stderr, code } = await run(command, args, kernelScript(checks));
  const answers = new Map(
    stdout.split("\n").flatMap((line) => {
      const [id, exit, found] = line.split("\t");
      return id && exit && found !== undefined ? [[id, { exit: Number(exit), found }] as const] : [];
    }),
  );
  return new Map(checks.map((check) => [check.id, toFinding(check, answers.get(check.id), { code, stderr })]));
}

const NO_NAMESPACE = "Run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1).";
const TOO_SLOW = "Try again when the machine is less busy; if it hangs again, try the check's own commands by hand.";

function toFinding(
  check: KernelCheck,
  answer: { exit: number; found: string } | undefined,
  whole: { code: number | string; stderr: string },
): Finding {
  if (answer === undefined) {
    const why = whole.stderr.trim().split("\n").at(-1) || `the checks ended with ${whole.code}`;
    return {
      status: "unknown",
      found: `not tried: ${why}`,
      remedy: whole.code === "timeout" ? TOO_SLOW : NO_NAMESPACE,
    };
  }
  if (answer.exit === 0) return { status: "ok", found: answer.found };
  if (/^unshare:/.test(answer.found)) {
    return { status: "unknown", found: `not tried: ${answer.found}`, remedy: NO_NAMESPACE };
  }
  if (/: not found$/.test(answer.found)) {
    return {
      status: "unknown",
      found: `not tried: ${answer.found}`,
      remedy: "Run `make setup`, or install iproute2 and nftables.",
    };
  }
  const status = answer.exit === 3 ? "limited" : "missing";
  return { status, found: answer.found || "refused without a word", remedy: check.remedy };
}
