import type { Json } from "../../files/checksums.ts";
import { firstLeftOut } from "../../jobs/left_out.ts";
import { methodTitle, networkTitle } from "../../plots/titles.ts";
import { titleOf } from "../shared/model_file.ts";
import type { DefendResults } from "./results.ts";

/** The images that an epoch is chosen on. */
export const heldOutImages: Readonly<Record<DefendResults["command"]["chooseOn"], string>> = {
  train: "training images that were held out",
  test: "test images that were set apart",
};

/** What was hardened, and how: `LeNet, hardened with Deep Defense on MNIST`. */
export function titleOfDefense(
  { command: { model, method }, dataset }: Pick<DefendResults, "command" | "dataset">,
): string {
  return `${networkTitle(titleOf(model))}, hardened with ${
    methodTitle(method)
  } on ${dataset.title}`;
}

/** What came of it, in sentences. */
export function sentencesOf(
  { command, dataset, defended: { kept, epochs }, before, after, leftOut }: DefendResults,
  { epsilon, units }: Readonly<Record<string, Json>>,
): string[] {
  const { accuracyLoss, within, chooseOn } = command;
  const there = heldOutImages[chooseOn];
  const points = `${digits(100 * accuracyLoss)} points of accuracy`;
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
    ...kept === 0 && chooseOn === "train" ? [forgotten(epochs)] : [],
    `Accuracy on test images: ${percent(from.accuracy)} before, ${percent(to.accuracy)} after.`,
    `ρ₂ of DeepFool on ${dataset.test.count.toLocaleString("en")} test images: ${
      change(from.rho2, to.rho2)
    }.`,
    `ρ₂ of the fast minimum-norm attack, which training does not use: ${
      change(from.rho2_fmn, to.rho2_fmn)
    }.`,
    `Accuracy under PGD (l2, ε ${digits(Number(epsilon))}): ${percent(from.accuracy_pgd)} before, ${
      percent(to.accuracy_pgd)
    } after.`,
    `Attacks change ${units}, ${bounds}.`,
    ...leftOut.size > 0 ? [`${leftOut.size} left out: ${firstLeftOut(leftOut).join("; ")}`] : [],
  ];
}

/** What may have kept every epoch from being better. */
function forgotten(epochs: DefendResults["defended"]["epochs"]): string {
  const [start, ...others] = epochs.map(({ accuracy }) => percent(accuracy));
  return `Held-out accuracy was ${start} at the start, then ${
    others.join(", ")
  }. A model that was trained on these images forgets some of them, without being worse on new ones: --choose-on test chooses on half of the test images, --accuracy-loss allows more.`;
}

function change(before: number | null, after: number | null): string {
  if (before === null || after === null) return "there is none, since all images are 0";
  return `${digits(before)} before, ${digits(after)} after, ${(after / before).toFixed(2)} times`;
}

/** A share in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}

/** A number with four digits. */
export function digits(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}
