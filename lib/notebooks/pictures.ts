import { UserError } from "../engine/user_error.ts";
import { page } from "../plots/page/page.ts";
import { plotlyScript } from "../plots/page/plotly_script.ts";

/** Pictures are as wide as notebooks in browsers, in CSS pixels, with this many pixels for each of them. */
const [width, density] = [820, 1.5];

const needed = "expected the browser Chromium; install it with `apt-get install chromium`, " +
  "or name one in the environment variable CHROMIUM";

/**
 * Pictures of figures, drawn by Plotly in a headless browser on white.
 *
 * @param figures Plotly's data and layout of each.
 * @returns One PNG per figure, in base 64.
 * @throws {UserError} saying what to install where there is no browser.
 */
export async function pictures(figures: readonly Record<string, unknown>[]): Promise<string[]> {
  if (figures.length === 0) return [];
  const { chromium } = await import("playwright-core");
  const executablePath = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] }).catch(
    (error: Error) => {
      throw new UserError(`drawing figures: ${needed}: ${error.message.split("\n")[0]}`);
    },
  );
  try {
    const sheet = await browser.newPage({ viewport: { width, height: 800 } });
    const empty = { title: "", body: "", figures: [], plotlyScript: await plotlyScript() };
    await sheet.setContent(page(empty));
    return await sheet.evaluate(draw, { figures, width, density });
  } finally {
    await browser.close();
  }
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
