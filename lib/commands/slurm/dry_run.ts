import { quoted } from "../shared/shell_words.ts";
import type { Submission } from "./submissions.ts";

/** What ends a script in the shell script that submits it. */
const mark = "END_OF_SCRIPT";

/** A shell script that submits all that would be submitted, and makes the folder for what jobs say. */
export function submittingScript(submissions: readonly Submission[], logs: string): string {
  return `#!/bin/sh\nset -e\nmkdir -p ${quoted(logs)}\n${submissions.map(submitting).join("")}`;
}

function submitting({ title, options, after, script }: Submission, i: number): string {
  const ids = after?.which.map((which) => `:\${job${which + 1}%%;*}`).join("");
  const waits = after ? ` "--dependency=${after.how}${ids}"` : "";
  const words = ["sbatch", ...options].map(quoted).join(" ");
  return `\n# ${title}\njob${i + 1}=$(${words}${waits} <<'${mark}'\n${script}${mark}\n)\n`;
}
