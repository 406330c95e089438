import assert from "node:assert/strict";
import { tableOf } from "../../../lib/plots/page/table.ts";

const textsOf = (html: string, tag: string) =>
  [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([^<]*)</${tag}>`, "g"))].map(([, text]) => text);

Deno.test("headings stay in their order and have cells of their own, whatever they are called", () => {
  const { html } = tableOf(["Class", "Images", "Images", "2"], [[0, 12, "a", "b"]], "of classes");
  assert.deepEqual(textsOf(html, "th"), ["Class", "Images", "Images", "2"]);
  assert.deepEqual(textsOf(html, "td"), ["0", "12", "a", "b"]);
});
