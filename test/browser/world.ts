// What the tests stand on: a controller, the demo's POPs, Chromium, and pages that remember what went wrong in them.

import { existsSync, mkdirSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { buildWeb } from "../../scripts/web.ts";
import { accountOf, Books } from "../support/books.ts";
import { ServiceProcess } from "../support/service-process.ts";
import { SimulatedWan } from "../support/simulated-wan.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const PICTURES = "test-artefacts";

/** Why nothing can be tried here. */
export const lacking = CHROMIUM === undefined ? "no Chromium: apt-get install chromium" : undefined;

export const VIEWS = [
  "",
  "matrix",
  "map",
  "policies",
  "policies/sea-fra",
  "pops",
  "pops/chi",
  "market",
  "tickets",
  "changes",
  "coverage",
  "health",
  "events",
] as const;

export class World {
  readonly service: ServiceProcess;
  readonly books: Books;
  readonly wan: SimulatedWan;
  readonly browser: Browser;
  /** What pages said that they must not say. */
  readonly said: string[] = [];

  private constructor(service: ServiceProcess, books: Books, wan: SimulatedWan, browser: Browser) {
    this.service = service;
    this.books = books;
    this.wan = wan;
    this.browser = browser;
  }

  static async start(): Promise<World> {
    await buildWeb({ ifNeeded: true });
    mkdirSync(PICTURES, { recursive: true });
    const books = await Books.open();
    await books.traffic(5);
    const { store, deployment, quotes } = books.settings;
    const service = await ServiceProcess.start(undefined, undefined, undefined, {
      SRWAN_SETTLEMENT_STORE: store,
      SRWAN_SETTLEMENT_DEPLOYMENT: deployment,
      SRWAN_SETTLEMENT_QUOTES: quotes,
    });
    // Atlanta is run by whoever runs Chicago, and keeps its segments to itself.
    const wan = await SimulatedWan.join(service, undefined, {
      sea: { account: accountOf("sea"), owner: "evergreen" },
      chi: { account: accountOf("chi"), owner: "prairie", priceMicroPerGB: 12_000 },
      atl: { account: accountOf("chi"), owner: "prairie", priceMicroPerGB: "infinity" },
      ewr: { account: accountOf("ewr") },
    });
    // Its own sandbox needs rights that containers do not give; it sees no page but ours.
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
    return new World(service, books, wan, browser);
  }

  async end(): Promise<void> {
    await this.browser.close();
    this.wan.end();
    await this.service.stop();
    await this.books.end();
  }

  async open(options: BrowserContextOptions = {}, token = this.service.token): Promise<Page> {
    const page = await this.browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.said.push(message.text());
    });
    page.on("pageerror", (error) => this.said.push(error.stack ?? error.message));
    await page.goto(`${this.service.url}/#token=${token}`);
    return page;
  }

  /** Goes there as a user does who has the address, and waits until something stands there. */
  async go(page: Page, view: string): Promise<void> {
    await page.goto(`${this.service.url}/#/${view}`);
    await page.locator("main h1").waitFor();
    await page.locator("main .reading").first().waitFor({ state: "detached" });
  }

  picture = (page: Page, name: string): Promise<unknown> =>
    page.screenshot({ path: `${PICTURES}/dashboard-${name}.png`, fullPage: true });
}
