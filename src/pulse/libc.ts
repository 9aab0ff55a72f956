// The few calls of libc that a pulse needs and Node does not make, through koffi. Undefined where koffi or Linux is not at
// hand: then node:dgram must do.

import { createRequire } from "node:module";
import type { LibraryHandle } from "koffi";

/** Linux on 64-bit little-endian machines: the only ones whose structures are laid out here. */
const SUPPORTED = process.platform === "linux" && ["x64", "arm64", "riscv64"].includes(process.arch);

export type Libc = {
  /** Where the octets lie; they must stay referenced for as long as C may use them. */
  readonly addressOf: (octets: Uint8Array) => bigint;
  readonly errno: () => number;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array, octets: number) => number;
  readonly getsockname: (fd: number, address: Uint8Array, octets: Uint8Array) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array | null, octets: number) => number;
  readonly recvmmsg: (fd: number, messages: bigint, count: number, flags: number, timeout: null) => number;
  readonly sendmsg: (fd: number, message: bigint, flags: number) => number;
  readonly recv: (fd: number, octets: Uint8Array, size: number, flags: number) => number;
  readonly recvfrom: (
    fd: number,
    octets: Uint8Array,
    size: number,
    flags: number,
    from: Uint8Array,
    fromOctets: Uint8Array,
  ) => number;
  readonly sendto: (
    fd: number,
    octets: Uint8Array,
    size: number,
    flags: number,
    to: Uint8Array,
    toOctets: number,
  ) => number;
  readonly ppoll: (fds: Uint8Array, count: number, timeout: Uint8Array, mask: null) => number;
  readonly clock_gettime: (clock: number, time: Uint8Array) => number;
  readonly close: (fd: number) => number;
  readonly open: (path: string, flags: number) => number;
  readonly setns: (fd: number, type: number) => number;
};

const SIGNATURES = [
  "int socket(int family, int type, int protocol)",
  "int bind(int fd, const void *address, uint32_t octets)",
  "int getsockname(int fd, void *address, void *octets)",
  "int setsockopt(int fd, int level, int name, const void *value, uint32_t octets)",
  "int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)",
  "long sendmsg(int fd, const void *message, int flags)",
  "long recv(int fd, void *octets, ulong size, int flags)",
  "long recvfrom(int fd, void *octets, ulong size, int flags, void *from, void *fromOctets)",
  "long sendto(int fd, const void *octets, ulong size, int flags, const void *to, uint32_t toOctets)",
  "int ppoll(void *fds, ulong count, const void *timeout, const void *mask)",
  "int clock_gettime(int clock, void *time)",
  "int close(int fd)",
  "int open(const char *path, int flags)",
  "int setns(int fd, int type)",
] as const;

let loaded: Libc | undefined;

export function loadLibc(): Libc | undefined {
  if (!SUPPORTED) return undefined;
  loaded ??= tryLoad();
  return loaded;
}

function tryLoad(): Libc | undefined {
  try {
    // Required at the first use, so that a process without pulses does not load it.
    const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
    const library = koffi.load(null);
    const calls = SIGNATURES.map((signature): [string, ReturnType<LibraryHandle["func"]>] => {
      const name = /(\w+)\(/.exec(signature)?.[1] ?? "";
      return [name, library.func(signature)];
    });
    return {
      ...(Object.fromEntries(calls) as unknown as Omit<Libc, "addressOf" | "errno">),
      addressOf: (octets) => koffi.address(octets),
      errno: () => koffi.errno(),
    };
  } catch {
    return undefined;
  }
}

/** Numbers of Linux that are the same on every machine above. */
export const C = {
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_CLOEXEC: 0o2000000,
  SOCK_NONBLOCK: 0o4000,
  SOL_SOCKET: 1,
  SO_RCVBUF: 8,
  SO_RCVBUFFORCE: 33,
  SO_TIMESTAMPNS: 35,
  IPPROTO_IP: 0,
  IPPROTO_ICMP: 1,
  IP_TOS: 1,
  IP_TTL: 2,
  IP_PKTINFO: 8,
  IP_RECVTTL: 12,
  IP_RECVTOS: 13,
  IPPROTO_IPV6: 41,
  IPPROTO_ICMPV6: 58,
  ICMPV6_FILTER: 1,
  IPV6_UNICAST_HOPS: 16,
  IPV6_V6ONLY: 26,
  IPV6_RECVPKTINFO: 49,
  IPV6_PKTINFO: 50,
  IPV6_RECVHOPLIMIT: 51,
  IPV6_HOPLIMIT: 52,
  IPV6_RTHDR: 57,
  IPV6_RECVTCLASS: 66,
  IPV6_TCLASS: 67,
  IPV6_FREEBIND: 78,
  MSG_DONTWAIT: 0x40,
  POLLIN: 1,
  CLOCK_REALTIME: 0,
  O_RDONLY_CLOEXEC: 0o2000000,
  CLONE_NEWNET: 0x40000000,
} as const;
