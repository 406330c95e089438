import { sum } from "d3-array";
import { profileOn } from "../../experiments/profiles/dataset_kinds.ts";
import { type Profile, profiles } from "../../experiments/profiles/profiles.ts";
import type { Json } from "../../files/checksums.ts";
import { writeWhole } from "../../files/files.ts";
import { firstLeftOut, type LeftOut } from "../../jobs/left_out.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";
import { learningRates } from "../../jobs/schedule.ts";
import { plotlyScript } from "../../plots/page/plotly_script.ts";
import { reportPage, type ReportSection } from "../../plots/page/report.ts";
import { claimsSection } from "../../plots/sections/claims_section.ts";
import { tableSections } from "../../plots/sections/table_sections.ts";
import { datasetTitle, methodTitle } from "../../plots/titles.ts";
import type { Planned } from "../../results/planned.ts";
import type { Evidence } from "../../results/results.ts";
import { gapsOf } from "./missing.ts";
import { recordedSections } from "./recorded_sections.ts";
import { evidenceOf, type ResultsFolder, settingsOf, startOf } from "./results_folder.ts";
import { runSections } from "./run_sections.ts";
import { dataInWords, daysOf, machineFacts, machinesOf, unknownInWords } from "./subject.ts";
import { reportSummary } from "./summary.ts";
import { warningSection } from "./warnings.ts";

/** What every report is about. */
const paper =
  "The paper “Deep Defense: Training DNNs with Improved Adversarial Robustness” (Yan, Guo, Zhang, NeurIPS 2018)";

/**
 * Writes report.html of a results folder: its subject and a summary, the tables, the charts, pictures of attacks, and the
 * settings they were made with.
 *
 * @throws {UserError} when it cannot be written, or a run's file is damaged.
 */
export async function writeReport(folder: ResultsFolder): Promise<void> {
  await writeWhole(`${folder.path}/report.html`, await reportOf(folder));
}

/** The report's page. */
export async function reportOf(folder: ResultsFolder): Promise<string> {
  const { results, leftOut } = folder;
  const evidence = evidenceOf(folder);
  const { dataset, profile } = subjectOf(folder);
  const configs = [...folder.configs.values()];
  return reportPage({
    title: `Deep Defense: ${dataset.title}, profile ${profile.name}`,
    lead: `${paper}, reproduced. Profile ${profile.name}: ${profile.purpose}.`,
    about: {
      "Data": dataInWords(dataset.title, configs),
      ...unknownInWords(configs),
      "Date": daysOf(configs),
      "Machine": machinesOf(configs),
    },
    notice: await gapsOf(folder),
    sections: [
      ...reportSummary(results.table1, evidence),
      ...await warningSection(folder),
      ...resultSections(folder, evidence, profile.epochs),
      ...await runSections(folder),
      ...leftOutSection(leftOut),
      ...await recordedSections(dataset.id, results),
    ],
    settings: { profile: profile.purpose, ...methodSettings(folder) },
    machine: machineFacts(configs),
    durationSeconds: sum(configs, ({ duration_seconds }: RunConfig) => duration_seconds),
    plotlyScript: await plotlyScript(),
  });
}

/** What was run, from planned.json or, without it, from the tables. */
function subjectOf({ planned, results, configs }: ResultsFolder): Omit<Planned, "jobs"> {
  if (planned) return planned;
  const [row] = results.table1;
  const [config] = configs.values();
  const id = row?.dataset ?? String(settingsOf(config?.settings ?? {}).dataset ?? "unknown data");
  const name = row?.profile ?? config?.profile ?? "unknown";
  const known = Object.hasOwn(profiles, name) ? profileOn(id, profiles[name]!) : undefined;
  const epochs = known && otherEpochs(known, configs);
  return {
    dataset: { id, title: datasetTitle(id) },
    profile: {
      name,
      purpose: known?.purpose ?? "unknown",
      ...(epochs === undefined ? {} : { epochs }),
    },
    experiments: [],
  };
}

/** The epochs of fine-tuning, where they differ from the profile's. */
function otherEpochs(
  profile: Profile,
  configs: ReadonlyMap<string, RunConfig>,
): number | undefined {
  for (const config of configs.values()) {
    const { parent, network, learning_rates } = settingsOf(config.settings);
    if (!parent || !Array.isArray(learning_rates)) continue;
    const { fineTuning } = profile.schedules?.[String(network)] ?? profile;
    const [epochs, usual] = [learning_rates.length, learningRates(fineTuning).length];
    return epochs === usual ? undefined : epochs;
  }
  return undefined;
}

/** The tables' sections, the claims after Table 1. */
function resultSections(
  folder: ResultsFolder,
  evidence: Evidence,
  epochs: number | undefined,
): ReportSection[] {
  const { table1, ...others } = Object.fromEntries(
    tableSections(folder.results, { epochs, start: startOf(folder) }),
  );
  return [...table1 ? [table1] : [], ...claimsSection(evidence), ...Object.values(others)];
}

/** The settings that all of Table 1's runs share, and each method's own. */
function methodSettings({ results, configs }: ResultsFolder): Record<string, Json> {
  const training = ["learning_rates", "weight_decay", "rate_multipliers", "flips"];
  const own = ["network", "method", "seed", "defense", "parent", ...training];
  const all = results.table1.flatMap(({ run_id, method }) => {
    const config = configs.get(run_id);
    return config ? [{ method, settings: settingsOf(config.settings) }] : [];
  });
  const shared = Object.entries(all[0]?.settings ?? {}).filter(([key]) => !own.includes(key));
  const methods = all.map(({ method, settings }) => {
    const trained = Object.entries(settings).filter(([key]) => training.includes(key));
    return [methodTitle(method), {
      ...Object.fromEntries(trained),
      ...settingsOf(settings.defense ?? {}),
    }] as const;
  });
  return { ...Object.fromEntries(shared), ...Object.fromEntries(methods) };
}

/** The section on images that were left out; nothing where there are none. */
function leftOutSection(leftOut: LeftOut): ReportSection[] {
  if (leftOut.size === 0) return [];
  const first = firstLeftOut(leftOut);
  const all = leftOut.size > first.length ? "; ...; left_out.json names all" : "";
  const text =
    `${leftOut.size} images or folders of the dataset could not be used, and no figure counts them: ` +
    `${first.join("; ")}${all}.`;
  return [{ heading: "Images that were left out", text, content: [] }];
}
