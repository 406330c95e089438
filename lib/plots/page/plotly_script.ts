import { packageFile } from "../../files/package_file.ts";

let packed: Promise<string> | undefined;

/**
 * A script for a page or a notebook, 2.6 MB: the installed Plotly, packed. After it `plotly` is a promise of Plotly.
 *
 * @throws {UserError} when `plotly.js-dist` is not installed.
 */
export async function plotlyScript(): Promise<string> {
  packed ??= packedPlotly(); // Packing takes longer than writing a page.
  return unpacking(await packed);
}

/** The installed Plotly, gzip in base 64. */
async function packedPlotly(): Promise<string> {
  const { readable } = await Deno.open(packageFile("plotly.js-dist/plotly.js", "drawing figures"));
  const bytes = await new Response(readable.pipeThrough(new CompressionStream("gzip"))).bytes();
  return bytes.toBase64();
}

/** Runs in the browser, as an element: pages allow inline scripts only. */
function unpacking(packed: string): string {
  return `globalThis.plotly = (async () => {
  const bytes = Uint8Array.from(atob("${packed}"), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);
  return globalThis.Plotly;
})();`;
}
