/**
 * Called with the progress of loading a dataset.
 *
 * @param phase The current phase, with the unit that is counted.
 * @param done How much is done.
 * @param total How much there is to do.
 */
export type LoadProgress = (phase: string, done: number, total: number) => void;
