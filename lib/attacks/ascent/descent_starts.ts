import type { Engine } from "../../engine/engine.ts";
import { shared } from "../../engine/shared_memory.ts";
import type { Model } from "../../networks/model.ts";
import { deepfool, type DeepFoolOptions } from "../deepfool/deepfool.ts";

/** DeepFool's perturbations, [count, length]; 0 where they do not fool, since the gradient may vanish there. */
export async function descentStarts(
  engine: Engine,
  model: Model,
  images: Float32Array,
  options: Pick<DeepFoolOptions, "p" | "candidates" | "targets" | "within" | "signal">,
): Promise<Float32Array> {
  const { perturbations, fooled, count } = await deepfool(engine, model, images, options);
  const length = perturbations.length / count;
  return shared(perturbations.map((r, i) => fooled[Math.floor(i / length)] ? r : 0));
}
