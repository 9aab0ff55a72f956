// The roles beside a service and its Linux POPs, over SSH: a validator over a real chain, what Prometheus scrapes, and a POP
// whose router is netconfd with IOS-XR's modules. Minutes, so `make ansible` runs it.

import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { getConfig } from "../../src/netconf/operations.ts";
import { IOSXR_MODULES, Netconfd, vendorModules, whyNoNetconfd } from "../netconf/netconfd.ts";
import { type PagesChain, startChain } from "../support/standins-chain.ts";
import { type Machine, whyNoMachines } from "./machine.ts";
import { changes, type Said, well } from "./playbook.ts";
import { Wan } from "./wan.ts";

const why = whyNoMachines();
const whyNoRouter =
  whyNoNetconfd() ?? (vendorModules() === undefined ? "no vendors' modules: YANG_MODULES" : undefined);

const INTENTS = { intents: [{ kind: "locator", name: "sea", prefix: "fcbb:bb00:2::/48", format: "usid" }] };
const WRONG_KEY = `SHA256:${"A".repeat(43)}`;

describe.skipIf(why !== undefined)("beside a service", () => {
  let wan: Wan;
  let edge: Machine;
  let chain: PagesChain | undefined;
  let router: Netconfd | undefined;
  const folder = mkdtempSync(join(tmpdir(), "srwan-roles-"));
  const hosts = join(folder, "hosts.json");
  const play = (...args: string[]): Promise<Said> => wan.play("site", "-i", hosts, ...args);

  beforeAll(async () => {
    wan = new Wan([]);
    edge = wan.rack.machine("edge");
    chain = await startChain(folder);
    if (whyNoRouter === undefined)
      router = await Netconfd.start(resolve(vendorModules() ?? ".", "iosxr"), IOSXR_MODULES);
    writeFileSync(join(folder, "intents.yaml"), JSON.stringify(INTENTS));
    writeFileSync(hosts, JSON.stringify(await described()));
  });
  afterAll(async () => {
    wan?.close();
    await router?.stop();
    await chain?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function described() {
    const doors = await Promise.all(
      [Number(new URL(chain?.url ?? "http://a:1").port), router?.port ?? 1].map((port) => wan.rack.door(port)),
    );
    const validator = {
      srwan_validator_chain_url: `http://${wan.rack.address}:${doors[0]}`,
      srwan_validator_deployment: chain?.deployment,
      srwan_validator_keystore: join(folder, "v1.json"),
      srwan_validator_password: "a word of v1",
      srwan_validator_settings: { chain: { finalityBlocks: 0 } },
    };
    const monitoring = {
      srwan_monitoring_packages: false,
      srwan_monitoring_service: false,
      srwan_monitoring_grafana_folder: "/etc/grafana/provisioning",
      srwan_monitoring_docs: "https://docs.example.net/srwan/",
      srwan_monitoring_agents: [{ pop: "sea", target: "127.0.0.1:9177" }],
    };
    const own = router && execFileSync("ssh-keygen", ["-lf", join(router.folder, "host.pub")], { encoding: "utf8" });
    const port = { transit: "alder", to: "far", device: "eth0", port: "HundredGigE0/0/0/0" };
    const routed = {
      srwan_pop_platform: "iosxr",
      srwan_pop_address: "2001:db8:c::e",
      srwan_pop_transits: [{ name: "alder" }],
      srwan_pop_segments: [{ ...port, nexthop: "2001:db8:1::2", local: "2001:db8:1::1" }],
      srwan_router_name: "edge-r1",
      srwan_router_host: wan.rack.address,
      srwan_router_port: doors[1],
      srwan_router_user: router?.user,
      srwan_router_host_keys: [own?.split(" ")[1]],
      srwan_router_proof: "state",
      srwan_router_intents: join(folder, "intents.yaml"),
    };
    return {
      srwan_pops: { children: { srwan_routers: {} } },
      srwan_routers: { hosts: { edge: routed } },
      srwan_validator: { hosts: chain === undefined ? {} : { controller: validator } },
      srwan_monitoring: { hosts: { controller: monitoring } },
    };
  }

  it("a validator answers, and Prometheus may read what it is to scrape", async ({ skip }) => {
    if (chain === undefined) skip("no chain can be had here");
    well(await play("--limit", "controller"));
    const at = (path: string): string => wan.controller.text(path);
    const mode = (path: string): string => wan.controller.run(`stat -c %a ${path}`).stdout.trim();
    expect(["validator.pw", "validator-key.json"].map((file) => mode(`/etc/srwan/${file}`))).toEqual(["600", "600"]);
    expect(mode("/etc/prometheus/srwan.token")).toBe("600");
    const { scrape_configs: jobs, global } = parse(at("etc/prometheus/prometheus.yml"));
    expect(jobs.map(({ job_name: name }: { job_name: string }) => name)).toEqual(["srwan", "srwan-agent"]);
    const asked = `curl -sf --cacert /etc/prometheus/srwan-authority.pem -H "Authorization: Bearer $(cat /etc/prometheus/srwan.token)" https://${wan.controller.address}:7177/metrics`;
    expect(wan.controller.run(asked).stdout).toContain("srwan_");
    expect(jobs[1].static_configs).toEqual([{ targets: ["127.0.0.1:9177"], labels: { pop: "sea" } }]);
    expect(global.external_labels.docs_base).toBe("https://docs.example.net/srwan/");
    expect(at("etc/prometheus/srwan.rules.yaml")).toContain("$externalLabels.docs_base");
    expect(JSON.parse(at("etc/grafana/provisioning/dashboards/srwan/wan.json"))).toHaveProperty("panels");
  });

  it("says that a validator is none whose password is wrong", async ({ skip }) => {
    if (chain === undefined) skip("no chain can be had here");
    const words = ["-e", "srwan_validator_password=someone-elses-word", "-e", "srwan_validator_ready_seconds=6"];
    const { status, output } = await play("--limit", "controller", ...words);
    expect(status).not.toBe(0);
    expect(output).toContain("The validator does not answer");
    expect(output).not.toContain("someone-elses-word");
    well(await play("--limit", "controller"));
  });

  it("a router is looked at by its own key alone, and says who may come in", async ({ skip }) => {
    if (router === undefined) skip(whyNoRouter);
    const none = await play("--limit", "edge", "-e", '{"srwan_router_host_keys":[]}');
    expect(none.output).toContain("holds no host key");
    const other = await play("--limit", "edge", "-e", JSON.stringify({ srwan_router_host_keys: [WRONG_KEY] }));
    expect(other.status).not.toBe(0);
    expect(other.output).toMatch(/edge-r1: \S+ shows the ssh-ed25519 key .* is pinned\. If /s);
    const stranger = await play("--limit", "edge");
    expect(stranger.status).not.toBe(0);
    expect(stranger.output).toContain("needs this key: ssh-ed25519");
    expect(wan.there()).not.toContain("edge");
  });

  it("a router that knows the key becomes a POP, and shows what it would be sent", async ({ skip }) => {
    if (router === undefined) return skip(whyNoRouter);
    appendFileSync(join(router.folder, "user.pub"), edge.text("etc/srwan/router_key.pub"));
    const said = await play("--limit", "edge");
    well(said);
    expect(wan.there()).toContain("edge");
    expect(said.output).toContain("fcbb:bb00:2::/48");
    expect(JSON.parse(edge.text("etc/srwan/router-capabilities.json"))).not.toHaveProperty("sessionId");
  });

  it("is changed nowhere by a second run", async () => {
    const said = await play("--limit", router === undefined ? "controller" : "controller,edge");
    well(said);
    expect(changes(said), said.output).toEqual([]);
  });

  it("a router that leaves holds nothing of ours", async ({ skip }) => {
    if (router === undefined) skip(whyNoRouter);
    const held = async (): Promise<string> => {
      const session = await (router as Netconfd).session();
      const { root } = await session.call(getConfig("running"));
      await session.close();
      return JSON.stringify(root);
    };
    expect(await held()).toContain("srwan-");
    well(await wan.play("decommission", "-i", hosts, "-e", "pop=edge"));
    expect(await held()).not.toContain("srwan-");
    expect(wan.there()).not.toContain("edge");
    expect(edge.has("etc/srwan")).toBe(false);
  });
});

if (why !== undefined) it("machines", ({ skip }) => skip(why));
