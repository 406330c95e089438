/** The share of steps that have to raise the loss for the step size to stay. */
const rho = 0.75;
/** The distances between checkpoints as shares of all steps: the first one, how much shorter each next one is, and the shortest. */
const [firstShare, lessShare, leastShare] = [0.22, 0.03, 0.06];

/**
 * When to halve the step size (Croce and Hein 2020, Section 3.1): at a checkpoint where too few steps since the last one raised
 * the loss, or where the best loss has not changed since the last one and the step size was kept there.
 *
 * @param steps How many steps there are in all, at least 1.
 * @param start The loss at the start.
 * @returns A function that takes the loss after each step and returns whether to halve the step size.
 */
export function halvingRule(steps: number, start: number): (loss: number) => boolean {
  const whole = (share: number) => Math.max(1, Math.trunc(share * steps));
  let period = whole(firstShare);
  let [left, rises, halved] = [period, 0, true];
  let [last, best, bestBefore] = [start, start, start];
  return (loss) => {
    if (loss > last) rises++;
    last = loss;
    best = Math.max(best, loss);
    if (--left > 0) return false;
    halved = rises <= rho * period || (!halved && best === bestBefore);
    bestBefore = best;
    period = Math.max(period - whole(lessShare), whole(leastShare));
    [left, rises] = [period, 0];
    return halved;
  };
}
