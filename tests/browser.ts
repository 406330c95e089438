import { type Browser, chromium, type Page } from "playwright-core";

/** How a reader looks at a page. */
export interface Look {
  /** CSS pixels. */
  readonly width: number;
  readonly colorScheme: "light" | "dark";
}

/** What is found on a page. */
export interface Found {
  /** Places for figures. */
  readonly plots: number;
  /** Places with a figure in them. */
  readonly drawn: number;
  /** Images that show something. */
  readonly pictures: number;
  /** CSS pixels that the page is wider than the window. */
  readonly tooWide: number;
  /** What Plotly does not know of the figures' attributes. */
  readonly problems: readonly string[];
  /** What was said on the console, and exceptions. */
  readonly errors: readonly string[];
}

/** Starts Debian's Chromium without a window, and without a graphics card's work on the processor. */
export function launch(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu"];
  return chromium.launch({ executablePath: "/usr/bin/chromium", args });
}

/** The browser's one tab, where all files are opened one after the other: each new tab costs a second. */
async function tabOf(browser: Browser): Promise<Page> {
  const [window = await browser.newContext()] = browser.contexts();
  const [tab = await window.newPage()] = window.pages();
  return tab;
}

/**
 * Opens a file and looks at it in one way after the other, as when a reader turns on the dark scheme or a wider window: a page draws
 * its figures anew then. Calls a function with the page, its figures drawn, and what is found on it, for each look.
 */
export async function look(
  browser: Browser,
  file: string,
  [first, ...others]: readonly [Look, ...Look[]],
  use: (page: Page, found: Found) => Promise<void> | void,
): Promise<void> {
  const page = await tabOf(browser);
  await page.setViewportSize(viewportOf(first));
  await page.emulateMedia({ colorScheme: first.colorScheme });
  page.setDefaultTimeout(120_000); // other tests run on the same cores
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`file://${file}`);
  await allDrawn(page);
  const problems = await page.evaluate(PROBLEMS) as string[]; // They are the figures', however one looks at them.
  const looked = async () => {
    const seen = await page.evaluate(SEEN) as Omit<Found, "problems" | "errors">;
    await use(page, { ...seen, problems, errors });
  };
  await looked();
  let before = first;
  for (const next of others) {
    if (next.colorScheme !== before.colorScheme) {
      await redrawn(page, () => page.emulateMedia({ colorScheme: next.colorScheme }));
    }
    if (next.width !== before.width) {
      await redrawn(page, () => page.setViewportSize(viewportOf(next)));
    }
    await looked();
    before = next;
  }
  page.removeAllListeners();
  await page.goto("about:blank"); // so that the next file's look does not draw this one anew
}

const viewportOf = ({ width }: Look) => ({ width, height: 900 });

/** Changes how a page is looked at, and waits until its figures are drawn anew. */
async function redrawn(page: Page, change: () => Promise<void>): Promise<void> {
  await page.evaluate(
    `document.querySelectorAll(".plot").forEach((plot) => delete plot.dataset.drawn)`,
  );
  await change();
  await allDrawn(page);
}

/** Waits until all figures are drawn. */
async function allDrawn(page: Page): Promise<void> {
  // A function would be asked again and again, which the page's policy forbids.
  await page.waitForSelector(".plot:not([data-drawn])", { state: "detached" });
}

/** What the first figure of a page says under a pointer that points at a quarter of it. */
export async function hovered(page: Page): Promise<string> {
  const plot = page.locator(".plot").first();
  await plot.scrollIntoViewIfNeeded();
  const { width, height } = (await plot.boundingBox())!;
  await plot.hover({ position: { x: width / 4, y: height / 4 } });
  await page.locator(".hoverlayer text").first().waitFor();
  return (await page.locator(".hoverlayer").first().textContent())!;
}

/** Runs in the browser: what Plotly does not know of the figures' attributes. */
const PROBLEMS = `(() => {
  // Packed numbers, which Plotly draws and does not validate, as a list.
  const unpacked = (_, value) => value?.bdata ? [[0]] : value;
  const { figures } = JSON.parse(document.getElementById("figures").textContent, unpacked);
  const problems = figures.flatMap(({ data, layout, narrow }) =>
    [layout, narrow ?? layout].flatMap(({ template, ...own }) => Plotly.validate(data, own) ?? [])
  );
  // Plotly compares lists by identity.
  return problems.map(({ msg }) => msg).filter((msg) => !/set to '(.*)'\\) got reset to '\\1'/.test(msg));
})()`;

/** Runs in the browser: what one sees. */
const SEEN = `({
  plots: document.querySelectorAll(".plot").length,
  drawn: [...document.querySelectorAll(".plot[data-drawn]")].filter((plot) => plot.querySelector(".main-svg :is(.trace, .hm)")).length,
  pictures: [...document.images].filter((image) => image.naturalWidth > 0).length,
  tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})`;
