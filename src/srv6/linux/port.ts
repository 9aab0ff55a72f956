// The one small interface between us and a kernel: datagrams out, datagrams in. The real one is a netlink socket
// (socket.ts), the other an in-memory twin (twin.ts).

export interface Port {
  /** Hands one datagram of whole messages to the kernel. */
  send(datagram: Uint8Array): void;
  /** Sets who gets what comes back. One listener; set before the first send. */
  listen(listener: PortListener): void;
  /** Joins a multicast group of notifications. */
  join(group: number): void;
  close(): void;
}

/** Switches of a namespace (/proc/sys), by their names with dots, or with slashes. */
export interface Settings {
  /** Undefined where this kernel has no such switch, or not yet: a module brings its own. */
  read(name: string): number | undefined;
  /** 0 when it is so, else an error number. */
  write(name: string, value: number): number;
}

export type PortListener = {
  readonly datagram: (octets: Uint8Array) => void;
  /** The receive buffer ran over: something was lost, nobody knows what. */
  readonly overrun: () => void;
  /** The socket is of no more use. */
  readonly broken: (error: Error) => void;
};

/** Multicast groups of the routing family (linux/rtnetlink.h). */
export const GROUP = { link: 1, route4: 7, route6: 11, rule4: 8, rule6: 19, nexthop: 32 } as const;
