import { type AttackFlags, attacks } from "../../attacks/attacks.ts";
import type { Scale } from "../../data/scale.ts";
import type { Json } from "../../files/checksums.ts";
import { titleOf } from "../shared/model_file.ts";
import { unitsOf } from "../shared/pixel_flags.ts";
import type { AttackRequest } from "./options.ts";

/** The settings that an attack's results depend on, as they are recorded. */
export type RecordedSettings = Readonly<Record<string, Json>>;

/** What the results depend on, besides the weights. */
export function recordedSettings(options: AttackRequest, scale: Scale): RecordedSettings {
  const { model, source, out: _, json: __, engine: ___, flags: ____, save: _____, ...settings } =
    options;
  return {
    ...settings,
    weightsFile: model.path,
    network: titleOf(model),
    ...(model.rename ? { rename: model.rename } : {}),
    ...(source ? { source_file: source.path, source_network: titleOf(source) } : {}),
    scale: scale.name,
    units: unitsOf[options.within],
    ...shownFlags(options),
  };
}

/** The flags that an attack has. */
export function ownFlags(
  { attack, flags }: Pick<AttackRequest, "attack" | "flags">,
): Partial<AttackFlags> {
  const { needs, options } = attacks[attack]!;
  return Object.fromEntries(
    Object.entries(flags).filter(([flag]) =>
      flag in options || needs.some((name) => name === flag)
    ),
  );
}

/** The attack's own flags, as they are recorded. */
export function shownFlags(options: Pick<AttackRequest, "attack" | "flags">) {
  return Object.fromEntries(
    Object.entries(ownFlags(options))
      .map(([flag, value]) => [flag, value === Infinity ? "inf" : value]),
  );
}
