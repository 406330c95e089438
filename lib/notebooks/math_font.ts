/** The name of the formulas' font in CSS. */
export const mathFontName = "Deep Defense Math";

/** CSS that holds the formulas' font, 80 kB, so that a page shows them alike everywhere. */
export async function mathFontStyle(): Promise<string> {
  const font = await Deno.readFile(new URL("./math_font/math_font.woff2", import.meta.url));
  return `@font-face { font-family: "${mathFontName}"; ` +
    `src: url(data:font/woff2;base64,${font.toBase64()}) format("woff2"); }\n`;
}
