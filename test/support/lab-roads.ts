// What a lab's file says about the one-way delay between any two of its nodes: the links that its own routes take, added
// up. For labs whose nodes make their routes by `exec`.

import { directions, type Lab } from "../../src/lab/model.ts";
import { formatIpv6 } from "../../src/srv6/address.ts";

type Port = { readonly node: string; readonly interface: string };

export function roadDelays(lab: Lab): (from: string, to: string) => number {
  const ports = new Map<string, Port>();
  const routes = new Map<string, ReadonlyMap<string, string>>();
  for (const { name, exec } of lab.nodes) {
    const text = exec.join("\n");
    for (const [, address = "", device = ""] of text.matchAll(/address add (\S+)\/64 dev (\S+)/g)) {
      ports.set(address, { node: name, interface: device });
    }
    const hops = [...text.matchAll(/via (\S+) src \S+ (.*?) \|/g)].flatMap(([, hop = "", prefixes = ""]) =>
      prefixes.split(" ").map((prefix) => [prefix, hop] as const),
    );
    routes.set(name, new Map(hops));
  }
  const prefixOf = (node: string): string => {
    const address = lab.nodes.find(({ name }) => name === node)?.address;
    if (address === undefined) throw new Error(`${node} has no address`);
    return formatIpv6(address).replace(/::1$/, "::/48");
  };
  const links = directions(lab);
  return (from, to) => {
    let [at, delayUs] = [from, 0];
    for (let hops = 0; at !== to; hops++) {
      const next = ports.get(routes.get(at)?.get(prefixOf(to)) ?? "");
      const link = links.find(
        (one) => one.from.node === at && one.to.node === next?.node && one.to.interface === next.interface,
      );
      if (link === undefined || hops > lab.nodes.length) throw new Error(`no road from ${at} to ${to}`);
      delayUs += link.does.delayUs;
      at = link.to.node;
    }
    return delayUs;
  };
}
