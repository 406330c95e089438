import type { Json } from "../../files/checksums.ts";
import { firstLeftOut } from "../../jobs/left_out.ts";
import { methodTitle, networkTitle } from "../../plots/titles.ts";
import { titleOf } from "../shared/model_file.ts";
import { keptEpoch } from "../../defend/defend_state.ts";
import type { Compared } from "./compare.ts";
import type { DefendResults } from "./record.ts";
import { percentage } from "../../metrics/percentage.ts";

/** The images that an epoch is chosen on. */
export const heldOutImages: Readonly<Record<DefendResults["command"]["chooseOn"], string>> = {
  train: "held-out training images",
  test: "test images that were set apart",
};

/** The images that are measured on in the end. */
export const measuredImages: typeof heldOutImages = {
  train: "test images",
  test: "the other test images",
};

/** What was hardened, and how: `LeNet, hardened with Deep Defense on MNIST`. */
export function titleOfDefense(
  { command: { model, method }, dataset }: Pick<DefendResults, "command" | "dataset">,
): string {
  return `${networkTitle(titleOf(model))}, hardened with ${
    methodTitle(method)
  } on ${dataset.title}`;
}

/** The results in sentences. */
export function sentencesOf(
  { command, dataset, defended: { kept, epochs, retries }, before, after, leftOut }: DefendResults,
  { epsilon, units }: Readonly<Record<string, Json>>,
): string[] {
  const { accuracyLoss, within, chooseOn } = command;
  const { count } = dataset.test;
  const there = heldOutImages[chooseOn];
  const loss = digits(100 * accuracyLoss);
  const points = `${loss} ${loss === "1" ? "point" : "points"} of accuracy`;
  const [from, to] = [before.figures, after.figures];
  const bounds = within === "pixels" ? "between 0 and 255" : "without bounds";
  return [
    kept === 0
      ? `No epoch of ${
        epochs.length - 1
      } resists more on ${there} without losing more than ${points}: the model is as it came.`
      : `Epoch ${kept} of ${
        epochs.length - 1
      } is kept: of those that lose no more than ${points} on ${there} it resists most.`,
    ...retries > 0 ? [retried(retries)] : [],
    ...kept === 0 && keptEpoch(epochs, 1) > 0 ? [whyNone(epochs, chooseOn)] : [],
    `Accuracy on ${measuredImages[chooseOn]}: ${percentage(from.accuracy)} before, ${
      percentage(to.accuracy)
    } after.`,
    `ρ₂ of DeepFool on ${count.toLocaleString("en")} test image${count === 1 ? "" : "s"}: ${
      change(from.rho2, to.rho2)
    }.`,
    `ρ₂ of the fast minimum-norm attack, which training does not use: ${
      change(from.rho2_fmn, to.rho2_fmn)
    }.`,
    `Accuracy under PGD (l2, ε ${digits(Number(epsilon))}): ${
      percentage(from.accuracy_pgd)
    } before, ${percentage(to.accuracy_pgd)} after.`,
    `Attacks change ${units}, ${bounds}.`,
    ...warnings("before", before),
    ...warnings("after", after),
    ...leftOut.size > 0 ? [`${leftOut.size} left out: ${firstLeftOut(leftOut).join("; ")}`] : [],
  ];
}

/** What says that the figures of a model may show more than there is. */
function warnings(when: string, { signs }: Compared): string[] {
  return signs.map(({ attack, sentence }) => `Warning, ${attack}, ${when}: ${sentence}`);
}

/** That training began again, and why. */
function retried(retries: number): string {
  const times = retries === 1 ? "once" : `${retries} times, each time`;
  return `Training began again ${times} with a third of the learning rate: with the larger one no epoch could be kept.`;
}

/** What may have kept every epoch from being better, and what to try. */
function whyNone(
  epochs: DefendResults["defended"]["epochs"],
  chooseOn: DefendResults["command"]["chooseOn"],
): string {
  const [start, ...others] = epochs.map(({ accuracy }) => percentage(accuracy));
  const reason = chooseOn === "train"
    ? "A model that was trained on these images forgets some of them, without being worse on new ones: --choose-on test chooses on test images, "
    : "A larger --c, a smaller --lambda or a smaller --learning-rate cost less accuracy, ";
  return `Accuracy there was ${start} at the start, then ${
    others.join(", ")
  }. ${reason}--accuracy-loss allows more.`;
}

function change(before: number | null, after: number | null): string {
  if (before === null || after === null) return "there is none, since all images are 0";
  return `${digits(before)} before, ${digits(after)} after, ${(after / before).toFixed(2)} times`;
}

/** A number with four digits. */
export function digits(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}
