import type { MakeDefense } from "../../defend/defend_options.ts";
import { cFor, type StartNorms } from "../../defend/start_norms.ts";
import type { Dataset } from "../../data/dataset.ts";
import { methodOf } from "../../experiments/methods.ts";
import type { MethodSettings } from "../../jobs/method.ts";
import type { DefendCommand } from "./options.ts";

/** A method's settings: the given ones, those derived from the model's resistance, and the method's defaults. */
export function settingsFrom(
  { method, settings, model }: DefendCommand,
  norms: StartNorms,
): MethodSettings {
  const own = methodOf(method).settings(model.network ?? "");
  const derived = { c: cFor(norms), fgs_epsilon: norms.norm / Math.sqrt(norms.length) };
  const used = Object.entries(derived).filter(([name]) => name in own);
  return { ...own, ...Object.fromEntries(used), ...settings };
}

/** What makes a method's defense. */
export function defenseOf(
  { method }: DefendCommand,
  settings: MethodSettings,
  dataset: Dataset,
): MakeDefense {
  return ({ engine, model, train }, watch) =>
    methodOf(method).defense(settings, {
      engine,
      model,
      dataset: { ...dataset, train } as Dataset,
      ...watch,
    });
}

/** The derived settings, one per line. */
export function derivedLines(
  command: DefendCommand,
  settings: MethodSettings,
  norms: StartNorms,
): string[] {
  const digits = (value: unknown) => Number(Number(value).toPrecision(4));
  const isDerived = (name: string) => name in settings && !(name in command.settings);
  return [
    ...isDerived("c")
      ? [
        `c ${digits(settings.c)}: 1.5 over DeepFool's mean ‖Δx‖ / ‖x‖ at the start, ${
          digits(norms.ratio)
        }`,
      ]
      : [],
    ...isDerived("fgs_epsilon")
      ? [
        `fgs-epsilon ${
          digits(settings.fgs_epsilon)
        }: the mean size of DeepFool's perturbation in each number of an input`,
      ]
      : [],
  ];
}
