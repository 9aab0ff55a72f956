// A SID is an IPv6 address with an inner structure: block, node, function, argument (RFC 8986 §3.1).

import type { Brand } from "../base/brand.ts";
import type { Ipv6 } from "./address.ts";

export type Sid = Brand<Ipv6, "Sid">;
