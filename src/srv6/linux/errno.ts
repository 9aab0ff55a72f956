// The kernel's error numbers that netlink answers with, and what each means to somebody who installs routes.

export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  ENOMEM: 12,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENOSYS: 38,
  EOPNOTSUPP: 95,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  EHOSTUNREACH: 113,
} as const;

/** No answer came, or it was lost: only reading back tells. */
export const UNANSWERED = -1;

const MEANING: Readonly<Record<number, string>> = {
  [ERRNO.EPERM]: "not permitted: run as root or with CAP_NET_ADMIN (HMAC keys need root outside user namespaces)",
  [ERRNO.ENOENT]: "does not exist: it, or something it refers to",
  [ERRNO.ESRCH]: "does not exist",
  [ERRNO.ENOMEM]: "the kernel ran out of memory for it, also after retries",
  [ERRNO.EBUSY]: "in use (net.vrf.strict_mode: two VRF devices share a table)",
  [ERRNO.EEXIST]: "somebody else's is in its place",
  [ERRNO.ENODEV]: "its network device is not there",
  [ERRNO.EINVAL]: "refused as invalid by this kernel",
  [ERRNO.ENOSYS]: "not in this kernel",
  [ERRNO.EOPNOTSUPP]: "not supported by this kernel",
  [ERRNO.ENETDOWN]: "its network device is down",
  [ERRNO.ENETUNREACH]: "its gateway is not reachable on a connected network",
  [ERRNO.ENOBUFS]: "answers were lost; read back",
  [ERRNO.EHOSTUNREACH]: "its gateway is not reachable",
  [UNANSWERED]: "no answer from the kernel; read back",
};

const NAME = new Map<number, string>(Object.entries(ERRNO).map(([name, number]) => [number, name]));

/** "EEXIST: somebody else's is in its place". */
export const errnoText = (errno: number): string =>
  `${NAME.get(errno) ?? (errno === UNANSWERED ? "no answer" : `errno ${errno}`)}: ${MEANING[errno] ?? "refused by the kernel"}`;
