// Whom an agent trusts when it joins: the service that its token speaks of, and no other, without being given a certificate.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RealClock } from "../../src/base/clock.ts";
import { ServiceClient } from "../../src/cli/service/client.ts";
import { join } from "../../src/pop-agent/join.ts";
import { StateFolder } from "../../src/pop-agent/state-folder.ts";
import { TestService } from "../support/controller.ts";
import { popRecord } from "../support/test-agent.ts";

describe("an agent that joins over TLS", () => {
  let right: TestService;
  let other: TestService;
  let folder: string;
  const place = (service: TestService): string => service.url.replace("127.0.0.1", "localhost");
  const certificateOf = (service: TestService): string =>
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(
      readFileSync(path(service.folder, "authority.pem"), "utf8"),
    )?.[0] ?? "";
  const tokenOf = async (service: TestService): Promise<string> => {
    const client = new ServiceClient(place(service), service.token, certificateOf(service));
    return (await client.call<{ token: string }>("POST", "/api/v1/join-tokens", {})).body.token;
  };
  const joining = (service: string, token: string, more: { authority?: string } = {}) =>
    join({ folder: new StateFolder(folder), service, token, record: popRecord("sea"), ...more }, new RealClock());

  beforeAll(async () => {
    folder = mkdtempSync(path(tmpdir(), "srwan-joining-"));
    [right, other] = [
      await TestService.start({ "tls.names": "localhost" }),
      await TestService.start({ "tls.names": "localhost" }),
    ];
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await right.remove();
    await other.remove();
  });

  it("shows its token to nobody but the service of that token, whose authority it then trusts", async () => {
    const token = await tokenOf(right);
    await expect(joining(place(other), token)).rejects.toThrow(/is not the service that this token is of/);
    const { authority, locator } = await joining(place(right), token);
    expect(authority).toContain("BEGIN CERTIFICATE");
    expect(locator).toBe("fcbb:bb00:1::/48");
    expect((await joining(place(right), token, { authority })).locator).toBe(locator);
  });

  it("tells what is wrong with something that is no token, and trusts nobody for it", async () => {
    await expect(joining(place(right), "srwan-join.x.y")).rejects.toThrow(/self.signed/);
  });

  it("keeps no authority where the machine trusts the service's certificate anyway", async () => {
    const before = getCACertificates("default");
    setDefaultCACertificates([...before, certificateOf(right)]);
    try {
      expect(await joining(place(right), await tokenOf(right))).toMatchObject({ authority: "" });
    } finally {
      setDefaultCACertificates(before);
    }
  });
});
