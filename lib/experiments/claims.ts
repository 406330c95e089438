import { mean } from "d3-array";
import type { Figure2Row, Figure3Row, Figure4Row, Table1Row } from "./rows.ts";

/** What the paper says, and whether it holds here. */
export interface Claim {
  readonly id: string;
  /** The claim in a sentence. */
  readonly text: string;
  /** Whether it holds in all that was measured; null where nothing was. */
  readonly holds: boolean | null;
  /** The figures that decide. */
  readonly figures: string;
}

/** The tables that claims are judged by; what was not run is empty. */
export interface Evidence {
  readonly table1: readonly Table1Row[];
  readonly figure2: readonly Figure2Row[];
  readonly figure3: readonly Figure3Row[];
  readonly figure4: readonly Figure4Row[];
}

/** One case of a claim: a network, a curve. */
interface Case {
  readonly holds: boolean;
  readonly figures: string;
}

const compared = ["reference", "clean", "parseval", "adv_train_1", "deep_defense"];
const fgs = ["acc_fgs_0.2", "acc_fgs_0.5", "acc_fgs_1.0"] as const;
type Measure = "accuracy" | "rho2" | typeof fgs[number];

/** The claims of Section 4.2 and Section 5, judged by the means over seeds. */
export function claims(evidence: Evidence): Claim[] {
  const { table1, figure2, figure3, figure4 } = evidence;
  const networks = [...new Set(table1.map(({ network }) => network))];
  const ofNetworks = (judge: (network: string) => Case | undefined) =>
    networks.flatMap((network) => judge(network) ?? []);
  return [
    claim(
      "highest_rho2",
      "Deep Defense has the highest ρ₂ of all methods, and Adv. Train I is second",
      ofNetworks((network) => ranking(table1, network, "rho2")),
    ),
    claim(
      "highest_fgs",
      "Deep Defense has the highest accuracy under FGS, and Adv. Train I is second",
      fgs.flatMap((measure) => ofNetworks((network) => ranking(table1, network, measure))),
    ),
    claim(
      "accuracy",
      "Deep Defense does not cost accuracy",
      ofNetworks((network) => noLess(table1, network, "accuracy", "deep_defense", "reference")),
    ),
    claim(
      "convergence",
      "Deep Defense passes the reference in accuracy and ρ₂ within three epochs and still grows in the last two",
      curves(figure2, "deep_defense", passesAndGrows),
    ),
    claim(
      "adv_train_1_rho2",
      "Under Adv. Train I accuracy grows while ρ₂ falls from the first epoch to the last",
      curves(figure2, "adv_train_1", growsAndFalls),
    ),
    claim(
      "parseval",
      "Parseval training helps against FGS but not against DeepFool",
      ofNetworks((network) => parsevalHelps(table1, network)),
    ),
    claim(
      "c",
      "A larger c gives higher accuracy and lower robustness",
      byGroup(figure3, "lambda", "c", 1),
    ),
    claim(
      "lambda",
      "A larger lambda gives lower accuracy and higher robustness",
      byGroup(figure3, "c", "lambda", -1),
    ),
    claim("fc1", "Of the single layers fc1 is the most useful", mostUseful(figure4)),
    claim(
      "combined",
      "Deep Defense combined with Adv. Train II is better still: in ρ₂ and in accuracy under FGS at ε_ref",
      (["rho2", "acc_fgs_1.0"] as const).flatMap((measure) =>
        ofNetworks((network) =>
          noLess(table1, network, measure, "deep_defense_adv_train_2", "deep_defense")
        )
      ),
    ),
  ];
}

function claim(id: string, text: string, cases: readonly Case[]): Claim {
  return {
    id,
    text,
    holds: cases.length === 0 ? null : cases.every(({ holds }) => holds),
    figures: cases.map(({ figures }) => figures).join("; "),
  };
}

/** The mean over seeds; undefined where no seed has the measure. */
function average(
  rows: readonly Table1Row[],
  network: string,
  method: string,
  measure: Measure,
): number | undefined {
  return mean(
    rows.filter((row) => row.network === network && row.method === method),
    (row: Table1Row) => row[measure] ?? undefined,
  );
}

const show = (value: number, measure: Measure) =>
  measure === "rho2" ? value.toFixed(3) : `${(100 * value).toFixed(2)}%`;

/** Deep Defense first and Adv. Train I second, of the methods that were run; both must have been. */
function ranking(rows: readonly Table1Row[], network: string, measure: Measure): Case | undefined {
  const known = compared.flatMap((method) => {
    const value = average(rows, network, method, measure);
    return value === undefined ? [] : [{ method, value }];
  }).sort((a, b) => b.value - a.value);
  const wanted = ["deep_defense", "adv_train_1"];
  if (!wanted.every((method) => known.some((one) => one.method === method))) return undefined;
  return {
    holds: wanted.every((method, place) => known[place]!.method === method),
    figures: `${network} ${measure}: ${
      known.map(({ method, value }) => `${method} ${show(value, measure)}`).join(", ")
    }`,
  };
}

/** One method reaches at least what another does. */
function noLess(
  rows: readonly Table1Row[],
  network: string,
  measure: Measure,
  method: string,
  other: string,
): Case | undefined {
  const [a, b] = [method, other].map((one) => average(rows, network, one, measure));
  if (a === undefined || b === undefined) return undefined;
  return {
    holds: a >= b,
    figures: `${network} ${measure}: ${show(a, measure)} against ${show(b, measure)}`,
  };
}

/** Accuracy under FGS, the mean of the table's three, above the reference's; rho_2 within 2% of it. */
function parsevalHelps(rows: readonly Table1Row[], network: string): Case | undefined {
  const [own, reference] = ["parseval", "reference"].map((method) => ({
    fgs: mean(fgs, (measure: Measure) => average(rows, network, method, measure)),
    rho2: average(rows, network, method, "rho2"),
  }));
  if (!own?.fgs || !own.rho2 || !reference?.fgs || !reference.rho2) return undefined;
  return {
    holds: own.fgs > reference.fgs && Math.abs(own.rho2 / reference.rho2 - 1) < 0.02,
    figures: `${network}: mean accuracy under FGS ${show(own.fgs, "accuracy")} against ${
      show(reference.fgs, "accuracy")
    }, ρ₂ ${show(own.rho2, "rho2")} against ${show(reference.rho2, "rho2")}`,
  };
}

interface Epoch {
  readonly epoch: number;
  readonly accuracy: number;
  readonly rho2: number;
}

/** A method's curves, a network each: the means over seeds. */
function curves(
  rows: readonly Figure2Row[],
  method: string,
  judge: (curve: readonly Epoch[]) => boolean,
): Case[] {
  const own = rows.filter((row) => row.method === method);
  return [...Map.groupBy(own, ({ network }) => network)].flatMap(([network, same]) => {
    const curve = [...Map.groupBy(same, ({ epoch }) => epoch)].map(([epoch, seeds]) => ({
      epoch,
      accuracy: mean(seeds, (row: Figure2Row) => row.accuracy ?? undefined) ?? NaN,
      rho2: mean(seeds, (row: Figure2Row) => row.rho2 ?? undefined) ?? NaN,
    })).sort((a, b) => a.epoch - b.epoch);
    if (curve.length < 4) return [];
    const told = curve.map((at) => `${show(at.accuracy, "accuracy")} ${show(at.rho2, "rho2")}`);
    return [{ holds: judge(curve), figures: `${network}, epoch by epoch: ${told.join(", ")}` }];
  });
}

const exceeds = (a: Epoch, b: Epoch) => a.accuracy > b.accuracy && a.rho2 > b.rho2;

function passesAndGrows(curve: readonly Epoch[]): boolean {
  const [start, ...epochs] = curve as readonly [Epoch, ...Epoch[]];
  const passed = epochs.slice(0, 3).some((at) => exceeds(at, start));
  return passed && exceeds(epochs.at(-1)!, epochs.at(-3)!);
}

function growsAndFalls(curve: readonly Epoch[]): boolean {
  const [first, last] = [curve[1]!, curve.at(-1)!];
  return last.accuracy > first.accuracy && last.rho2 < first.rho2;
}

/**
 * Whether accuracy goes with a setting (sign 1) or against it (-1), and rho_2 the other way, in every group of models that
 * share the other setting: by the sign of Spearman's rank correlation.
 */
function byGroup(
  rows: readonly Figure3Row[],
  group: "lambda" | "c",
  setting: "lambda" | "c",
  sign: 1 | -1,
): Case[] {
  const groups = [...Map.groupBy(rows, (row) => row[group])];
  const cases = groups.flatMap(([value, models]) => {
    const known = models.filter(({ accuracy, rho2 }) => accuracy !== null && rho2 !== null);
    if (known.length < 3) return [];
    const against = (measure: "accuracy" | "rho2") =>
      spearman(known.map((row) => row[setting]), known.map((row) => row[measure]!));
    return [{ value, accuracy: against("accuracy"), rho2: against("rho2") }];
  });
  return cases.map(({ value, accuracy, rho2 }) => ({
    holds: sign * accuracy > 0 && sign * rho2 < 0,
    figures: `${group} ${value}: rank correlation of ${setting} with accuracy ${
      accuracy.toFixed(2)
    }, with ρ₂ ${rho2.toFixed(2)}`,
  }));
}

/** Spearman's rank correlation; ties share their mean rank. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const product = (u: readonly number[], v: readonly number[]) =>
    u.reduce((sum, rank, i) => sum + (rank - middle) * (v[i]! - middle), 0);
  const scale = Math.sqrt(product(x, x) * product(y, y));
  return scale === 0 ? 0 : product(x, y) / scale;
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}

/** fc1 reaches the highest rho_2 of all single layers among the models whose accuracy is not more than 0.1 points below the best one. */
function mostUseful(rows: readonly Figure4Row[]): Case[] {
  const known = rows.filter(({ accuracy, rho2 }) => accuracy !== null && rho2 !== null);
  const layers = [...new Set(known.map(({ layer }) => layer))];
  if (layers.length < 2 || !layers.includes("fc1")) return [];
  const best = Math.max(...known.map(({ accuracy }) => accuracy!));
  const accurate = known.filter(({ accuracy }) => accuracy! >= best - 1e-3);
  const reached = layers.map((layer) => ({
    layer,
    rho2: Math.max(0, ...accurate.filter((row) => row.layer === layer).map(({ rho2 }) => rho2!)),
  })).sort((a, b) => b.rho2 - a.rho2);
  return [{
    holds: reached[0]!.layer === "fc1",
    figures: `highest ρ₂ within 0.1 points of the best accuracy ${show(best, "accuracy")}: ${
      reached.map(({ layer, rho2 }) => `${layer} ${rho2 > 0 ? show(rho2, "rho2") : "none"}`).join(
        ", ",
      )
    }`,
  }];
}
