import type { Statistics } from "../layers/batch_norm.ts";

/** Learning rates that change once. */
export interface DroppedRate {
  readonly epochs: number;
  readonly learningRate: number;
  /** The factor of the learning rate in the last fifth of the epochs. */
  readonly lastFifth: number;
}

/** Learning rates in phases, in order. */
export interface PhasedRate {
  readonly phases: readonly (readonly [epochs: number, learningRate: number])[];
}

/** A learning rate that rises evenly to the highest and then falls towards 0 as a cosine does (Smith and Topin 2018). */
export interface OneCycleRate {
  readonly epochs: number;
  readonly highest: number;
}

/** The factors of the learning rate. */
export interface RateMultipliers {
  /** For filters and matrices. */
  readonly weights: number;
  readonly biases: number;
  /** An additional factor for the last layer. */
  readonly last: number;
}

/** The optimiser's settings that differ between networks. */
export interface SgdSettings {
  readonly weightDecay?: number;
  /** All factors are 1 if left out. */
  readonly rateMultipliers?: RateMultipliers;
  /** Whether whole batches are flipped. */
  readonly flips?: boolean;
  /** What batch normalisations use; the running statistics, frozen, if left out. */
  readonly statistics?: Statistics;
}

/** How a network is trained. */
export type Schedule = (DroppedRate | PhasedRate | OneCycleRate) & SgdSettings;

/** How a network is trained, and fine-tuned. */
export interface NetworkSchedules {
  readonly reference: Schedule;
  readonly fineTuning: Schedule;
}

/** The learning rate of every epoch. */
export function learningRates(schedule: Schedule): number[] {
  if ("phases" in schedule) {
    return schedule.phases.flatMap(([epochs, rate]) => new Array<number>(epochs).fill(rate));
  }
  if ("highest" in schedule) return oneCycle(schedule);
  const { epochs, learningRate, lastFifth } = schedule;
  const drop = epochs - Math.ceil(epochs / 5);
  return Array.from(
    { length: epochs },
    (_, epoch) => epoch < drop ? learningRate : learningRate * lastFifth,
  );
}

/** One rate per epoch; the last of three tenths of them has the highest. */
function oneCycle({ epochs, highest }: OneCycleRate): number[] {
  const rising = Math.max(1, Math.round(0.3 * epochs));
  const part = (epoch: number) =>
    epoch <= rising
      ? epoch / rising
      : (1 + Math.cos(Math.PI * (epoch - rising) / (epochs - rising + 1))) / 2;
  return Array.from({ length: epochs }, (_, i) => highest * part(i + 1));
}

/** A part of a schedule's epochs: at least one of every rate. */
export function shortened(schedule: Schedule, part: number): Schedule {
  const some = (epochs: number, least: number) => Math.max(least, Math.round(part * epochs));
  if (!("phases" in schedule)) return { ...schedule, epochs: some(schedule.epochs, 2) };
  return {
    ...schedule,
    phases: schedule.phases.map(([epochs, rate]) => [some(epochs, 1), rate] as const),
  };
}

/** A schedule whose rate changes once, over another number of epochs; one in phases stays as it is. */
export function scheduleWithEpochs(schedule: Schedule, epochs: number): Schedule {
  return "phases" in schedule ? schedule : { ...schedule, epochs };
}

/** The factor of every parameter's learning rate. */
export function multipliersOf(
  parameters: readonly string[],
  { weights, biases, last }: RateMultipliers,
): Record<string, number> {
  const layerOf = (parameter: string) => parameter.slice(0, parameter.lastIndexOf("."));
  const lastLayer = layerOf(parameters.at(-1) ?? "");
  return Object.fromEntries(parameters.map((name) => {
    const own = name.endsWith(".bias") ? biases : weights;
    return [name, layerOf(name) === lastLayer ? own * last : own];
  }));
}
