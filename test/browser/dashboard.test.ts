// What a person does with the dashboard: understands within a minute what happened, changes the WAN and goes back, and
// keeps the page open over a restart of the controller.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lacking, VIEWS, World } from "./world.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CONGESTION_US = 60_000;
/** So many reports make the detector know what is usual. */
const WARM_MS = 13_000;

type Violation = {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
};

describe.runIf(lacking === undefined)("the dashboard", () => {
  let world: World;
  let page: Page;
  let programmedMs = 0;

  beforeAll(async () => {
    world = await World.start();
    page = await world.open();
  });
  afterAll(() => world?.end());

  const seen = (text: string | RegExp, where = page) =>
    where.locator("main").getByText(text).first().waitFor({ timeout: 20_000 });
  const commits = async (): Promise<{ state: string; why: string }[]> =>
    ((await world.service.call("GET", "/api/v1/config/commits")).body as { items: { state: string; why: string }[] })
      .items;

  it("says before anything is configured what there is and what to do", async () => {
    await seen("All is well.");
    await seen("No policy yet");
    await world.picture(page, "empty");
  });

  it("says where nobody sells anything how one would", async () => {
    await world.go(page, "market");
    await seen("Nobody sells a window");
    await seen("No priority was ordered");
    await world.picture(page, "market-empty");
  });

  it("shows windows on offer with what their segments measure, and orders as they come", async () => {
    await world.books.quote("sea/alder>chi", 1, 5);
    await world.books.quote("sea-nrt", 2, 6, "infinity");
    const { terms, id } = await world.books.order(0);
    expect((await world.service.call("POST", "/api/v1/orders", terms)).status).toBe(201);
    await world.go(page, "pops");
    await world.go(page, "market");
    const row = (text: string) => page.locator("tr", { hasText: text });
    await expect.poll(() => row("sea/alder>chi").innerText()).toMatch(/0\.02 SEG\s+2\d\.\d ms\s+0 %/);
    await expect.poll(() => row("sea-nrt").innerText()).toMatch(/no price[\s\S]*not sold/);
    await expect.poll(() => row(id.slice(0, 10)).innerText()).toContain("sea-r1 HundredGigE0/0/0/0");
    // Of those whose POP names a price; the others when their POP is chosen.
    await expect.poll(() => row("prairie").count()).toBe(15);
    await page.getByLabel("Segments from").selectOption("fra");
    await expect.poll(() => page.getByRole("row", { name: /^fra → / }).count()).toBe(6);
  });

  it("shows tickets with both ends' reports, what is disputed, and who earned what", async () => {
    await world.go(page, "tickets");
    const card = (title: string) =>
      page.locator(".card").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
    await expect.poll(() => card("Disputes").locator("tbody tr").count()).toBe(2);
    await expect.poll(() => card("Disputes").innerText()).toMatch(/carried, not signed for[\s\S]*0\.8 SEG\s+0\.5 SEG/);
    await expect
      .poll(() => card("Disputes").innerText())
      .toMatch(/sent more than was received[\s\S]*40\.0 GB\s+30\.0 GB/);
    await page.getByLabel("Epoch").selectOption(String(world.books.epoch - 3));
    await seen(`Tickets of epoch ${world.books.epoch - 3}`);
    await expect
      .poll(() =>
        card(`Tickets of epoch ${world.books.epoch - 3}`)
          .locator("tbody tr")
          .count(),
      )
      .toBe(4);
    await page.locator("main").getByRole("link", { name: "chi" }).first().click();
    await seen("which is also that of atl");
    const coins = card("Coins earned and applied");
    await expect.poll(() => coins.locator(".figure", { hasText: "Applied" }).innerText()).toContain("2.4 SEG");
    expect(await coins.locator("tbody tr").count()).toBe(4);
    await world.go(page, "pops/fra");
    await seen("The POP's record names no account");
  });

  it("takes a first policy from its form to the kernels", async () => {
    await world.go(page, "changes");
    await page.getByLabel("Name").fill("sea-fra");
    await page.getByLabel("From").selectOption("sea");
    await page.getByLabel(/^To/).selectOption("fra");
    await page.getByLabel("Destinations").fill("2001:db8:b:c::/64");
    await page.getByRole("button", { name: "Put into the candidate" }).click();
    await seen("+ policy sea-fra from sea");
    await page.getByLabel("Why").fill("the first");
    await page.getByLabel("Goes back").selectOption("0");
    await page.getByRole("button", { name: "Commit", exact: true }).click();
    await seen("No difference");
    await world.go(page, "policies/sea-fra");
    await seen("PROGRAMMED");
    programmedMs = Date.now();
    // Hop by hop: a SID for each of its segments, and one that delivers.
    const rows = page.locator(".card", { hasText: "Active path" }).locator("tbody tr");
    await expect.poll(() => rows.count()).toBeGreaterThan(2);
    await expect.poll(() => rows.last().innerText()).toContain("delivered");
  });

  it.each(["light", "dark"] as const)("has no violation that axe-core finds on any page, %s", async (colorScheme) => {
    const themed = await world.open({ colorScheme });
    for (const view of VIEWS) {
      await world.go(themed, view);
      await themed.evaluate(AXE);
      const found = await themed.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
        return (await axe.run()).violations;
      });
      const told = found.map(({ id, nodes }) => `${view}: ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
      expect(told).toEqual([]);
      await world.picture(themed, `${colorScheme}-${view.replace("/", "-") || "overview"}`);
    }
    await themed.close();
  });

  it("fits 360 pixels without scrolling sideways, and 4K", async () => {
    for (const viewport of [
      { width: 360, height: 780 },
      { width: 3_840, height: 2_160 },
    ]) {
      const sized = await world.open({ viewport });
      for (const view of VIEWS) {
        await world.go(sized, view);
        const over = await sized.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        expect({ view, width: viewport.width, over: Math.max(0, over) }).toEqual({
          view,
          width: viewport.width,
          over: 0,
        });
      }
      await world.go(sized, "");
      await world.picture(sized, `${viewport.width}-overview`);
      await sized.close();
    }
  });

  it("can be used by keys alone: the matrix says what stands in a cell", async () => {
    await world.go(page, "matrix");
    await page.locator(".heat").focus();
    for (const key of ["Home", "ArrowDown", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    await expect.poll(() => page.locator("#heat-cell").innerText()).toMatch(/ash → atl[\s\S]*One way\s+\d+\.\d ms/);
    await page.getByText("As a table").click();
    await seen("What leaves ams, and what comes back");
  });

  it("tells the story: what is congested, what was done, and why", async () => {
    await world.go(page, "");
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, programmedMs + WARM_MS - Date.now())));
    const congested = "ewr/alder>lon";
    world.wan.delayUs.set(congested, (world.wan.delayUs.get(congested) ?? 0) + CONGESTION_US);
    await seen("ewr → lon is congested. Policy sea-fra goes around");
    await seen("ewr → lon over alder is congested");
    await seen(/^Policy sea-fra was moved to the way over chi and ewr and ams$/);
    await seen(
      /^Because its path was slower than usual: ewr\/alder>lon is DEGRADED by delay; the new path is 5\d\.\d ms quicker\.$/,
    );
    await world.picture(page, "story");
    await page.getByRole("link", { name: "Policy sea-fra was moved" }).click();
    await seen("Default path, left for now");
    await seen("the journal of decisions");
    await page.locator(".decision.moved summary").click();
    await seen("ewr/alder>lon is DEGRADED by delay");
    await expect.poll(() => page.locator(".chart canvas").count()).toBe(1);
    await world.picture(page, "policy");
  });

  it("commits with a countdown that stands on every page, and confirms", async () => {
    await world.go(page, "changes");
    await page.getByLabel(/^Policy/).selectOption("sea-fra");
    await page.getByLabel("At most, ms").fill("140");
    await page.getByRole("button", { name: "Put into the candidate" }).click();
    await seen("+ policy sea-fra maxDelayUs 140000");
    await page.getByLabel("Why").fill("ticket 812");
    await page.getByLabel("Goes back").selectOption("300000");
    await page.getByRole("button", { name: "Commit", exact: true }).click();
    await seen(/^Commit #2 goes back in/);
    await world.picture(page, "countdown");
    await world.go(page, "matrix");
    await page.getByRole("link", { name: /Commit #2 goes back in [45] min/ }).click();
    await page.getByRole("button", { name: "Confirm" }).click();
    await expect.poll(async () => (await commits())[0]).toMatchObject({ state: "confirmed", why: "ticket 812" });
    await page.getByText("goes back in").first().waitFor({ state: "detached" });
  });

  it("shows how a commit that nobody confirms goes back by itself", async () => {
    await world.service.call("DELETE", "/api/v1/config/candidate/policies/sea-fra");
    await seen("- policy sea-fra from sea");
    const body = { why: "a mistake", confirmMs: 4_000 };
    expect((await world.service.call("POST", "/api/v1/config/commit", body)).status).toBe(201);
    await seen(/^Commit #3 goes back in/);
    await page
      .getByText(/goes back in/)
      .first()
      .waitFor({ state: "detached", timeout: 15_000 });
    await seen("returned");
    await world.go(page, "");
    await seen("Commit 3 went back by itself");
  });

  it("rolls back to a kept commit: into the candidate, looked at, committed", async () => {
    await world.go(page, "changes");
    await page.getByRole("button", { name: "Put commit 1 into the candidate" }).click();
    await seen("- policy sea-fra maxDelayUs 140000");
    await page.getByLabel("Why").fill("back to the first");
    await page.getByLabel("Goes back").selectOption("0");
    await page.getByRole("button", { name: "Commit", exact: true }).click();
    await seen("No difference");
    const { body } = await world.service.call("GET", "/api/v1/policies/sea-fra");
    expect((body as { spec: object }).spec).not.toHaveProperty("maxDelayUs");
  });

  it("shows a reader what it may not do, and says of a wrong token that it is wrong", async () => {
    const { body } = await world.service.call("POST", "/api/v1/access-tokens", { name: "ann", role: "viewer" });
    const reader = await world.open({}, (body as { token: string }).token);
    await reader.locator("main h1").waitFor();
    await world.go(reader, "changes");
    await seen("This token may read only", reader);
    await world.go(reader, "tickets");
    await seen("This token may not read tickets", reader);
    await world.go(reader, "market");
    await seen("sea/alder>chi", reader);
    await seen("This token may not read orders", reader);
    await reader.close();
    const before = world.said.length;
    const stranger = await world.open({}, "srwan-access.nobody.nothing");
    await seen(/The last token was not taken: the token is not known/, stranger);
    await stranger.getByLabel("Token").fill(world.service.token);
    await stranger.getByRole("button", { name: "Sign in" }).click();
    await stranger.getByText("Last commit").waitFor();
    await stranger.close();
    // Chromium itself tells of the refusals.
    expect(world.said.splice(before).filter((text) => !text.includes("401"))).toEqual([]);
  });

  it("said nothing on the console in all this", () => {
    expect(world.said).toEqual([]);
  });

  it("says since when it is stale while the controller is away, and comes back by itself", async () => {
    await world.go(page, "");
    await world.service.kill();
    await page.getByText(/^Stale since \d\d:\d\d:\d\d$/).waitFor({ timeout: 15_000 });
    await seen("sea-fra");
    await world.picture(page, "stale");
    await world.service.resume();
    await page.getByText(/^Stale since/).waitFor({ state: "detached", timeout: 20_000 });
    await expect.poll(() => page.locator(".live").innerText(), { timeout: 10_000 }).toBe("live");
    // What happens now is seen without a reload.
    await world.service.call("PUT", "/api/v1/config/candidate/maintenance/atl", { why: "new fans" });
    expect((await world.service.call("POST", "/api/v1/config/commit", { why: "fans" })).status).toBe(201);
    await expect
      .poll(() => page.locator(".figure", { hasText: "Last commit" }).innerText(), { timeout: 10_000 })
      .toContain("#6");
  });
});

if (lacking !== undefined) it("the dashboard in a browser", (ctx) => ctx.skip(lacking));
