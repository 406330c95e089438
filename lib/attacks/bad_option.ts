import { UserError } from "../engine/user_error.ts";
import type { Network } from "../networks/network.ts";

/** The error of an attack that was given an option outside its range. */
export function badOption(
  { name }: Network,
  attack: string,
  expected: string,
  came: number,
): UserError {
  return new UserError(`attacking ${name} with ${attack}: expected ${expected}, got ${came}`, 2);
}
