import { gapsOf, missingIn } from "./missing.ts";
import { help, readOptions } from "./options.ts";
import { readFolder } from "./results_folder.ts";
import { warningsIn } from "./warnings.ts";
import { writeReport } from "./write_report.ts";

/** `report`: redraws a results folder's report from its files, and says what is missing and what warns. Returns the exit code. */
export async function report(args: readonly string[]): Promise<number> {
  const path = await readOptions(args);
  if (path === undefined) {
    console.log(help);
    return 0;
  }
  const folder = await readFolder(path);
  await writeReport(folder);
  const gaps = await gapsOf(folder);
  for (const one of [...gaps ? [gaps] : [], ...await missingIn(folder)]) {
    console.log(`missing: ${one}`);
  }
  for (const one of await warningsIn(folder)) console.log(`warning: ${one}`);
  console.log(`the report is ${path}/report.html`);
  return 0;
}
