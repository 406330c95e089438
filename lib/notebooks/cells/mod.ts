/**
 * For the cells of notebooks: an engine that the stop button interrupts, a line of progress, and the repository's trained models.
 *
 * @module
 */

export { createEngine } from "./engine.ts";
export { Interrupted } from "./interrupts.ts";
export { progress, type ProgressLine } from "./progress.ts";
export { model, type ModelOptions } from "./committed_model.ts";
