/**
 * Is told how far the loading of a dataset is.
 *
 * @param phase What is being done, with the unit that is counted.
 * @param done How much is done.
 * @param total How much there is to do.
 */
export type LoadProgress = (phase: string, done: number, total: number) => void;
