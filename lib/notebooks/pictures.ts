import { UserError } from "../engine/user_error.ts";
import type { Browser } from "playwright-core";
import { page } from "../plots/page/page.ts";
import { plotlyScript } from "../plots/page/plotly_script.ts";
import type { Drawable } from "./cleaned.ts";

/** Pictures are as wide as notebooks in browsers, in CSS pixels, with this many pixels for each of them. */
const [width, density] = [820, 1.5];

const needed = "expected the browser Chromium; install it with `apt-get install chromium`, " +
  "or name one in the environment variable CHROMIUM";

/**
 * Pictures of figures and of HTML, drawn in a headless browser on white.
 *
 * @returns One PNG for each, in base 64.
 * @throws {UserError} saying what to install where there is no browser.
 */
export async function pictures(drawables: readonly Drawable[]): Promise<string[]> {
  if (drawables.length === 0) return [];
  const { chromium } = await import("playwright-core");
  const executablePath = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] }).catch(
    (error: Error) => {
      throw new UserError(`drawing figures: ${needed}: ${error.message.split("\n")[0]}`);
    },
  );
  try {
    const figures = drawables.flatMap((one) => "figure" in one ? [one.figure] : []);
    const ofFigures = await figurePictures(browser, figures);
    const drawn: string[] = [];
    for (const one of drawables) {
      drawn.push("figure" in one ? ofFigures.shift()! : await htmlPicture(browser, one.html));
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

async function figurePictures(
  browser: Browser,
  figures: readonly Record<string, unknown>[],
): Promise<string[]> {
  if (figures.length === 0) return [];
  const sheet = await browser.newPage({ viewport: { width, height: 800 } });
  const empty = { title: "", body: "", figures: [], plotlyScript: await plotlyScript() };
  await sheet.setContent(page(empty));
  return await sheet.evaluate(draw, { figures, width, density });
}

async function htmlPicture(browser: Browser, html: string): Promise<string> {
  const sheet = await browser.newPage({
    viewport: { width, height: 800 },
    deviceScaleFactor: density,
  });
  const body = `<div id="picture">${html}</div>`;
  const style = "body { padding: 0; } #picture { padding: .5rem; }";
  await sheet.setContent(page({ title: "", body, figures: [], plotlyScript: "", style }));
  const png = await sheet.locator("#picture").screenshot();
  await sheet.close();
  return new Uint8Array(png).toBase64();
}

/** The parts of Plotly that are used. */
interface Drawer {
  /** A figure as a picture's data URI. */
  toImage(figure: object, options: object): Promise<string>;
}

/** Runs in the browser. */
async function draw(
  { figures, width, density }: {
    figures: readonly Record<string, unknown>[];
    width: number;
    density: number;
  },
): Promise<string[]> {
  const Plotly = await (globalThis as unknown as { plotly: Promise<Drawer> }).plotly;
  const drawn: string[] = [];
  for (const { data, layout } of figures as { data: unknown; layout: { height?: number } }[]) {
    const onWhite = { ...layout, paper_bgcolor: "#ffffff" };
    const size = { width, height: layout.height ?? 400 };
    const uri = await Plotly.toImage({ data, layout: onWhite }, {
      format: "png",
      scale: density,
      ...size,
    });
    drawn.push(uri.slice(uri.indexOf(",") + 1));
  }
  return drawn;
}
