/** A piece of finished HTML for a page or a notebook cell. */
export interface Html {
  /** Finished markup: its text is already escaped. */
  readonly html: string;
  /** What it shows, in a sentence or two, for readers who cannot see it. */
  readonly alt: string;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

/** Text as HTML shows it literally, in an element and in a quoted attribute; Plotly's labels read it too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text as HTML, with the subscript of ε_ref. */
export function proseHtml(text: string): string {
  return escapeHtml(text).replaceAll("ε_ref", "ε<sub>ref</sub>");
}

/** A value as JSON that cannot end the `<script>` element it is written into. */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** A script's text with the same meaning that cannot end the `<script>` element it is written into. */
export function inlineScript(source: string): string {
  return source.replace(/<(\/script|!--)/gi, "<\\$1");
}
