import { pathsIn } from "./path_list.ts";
import { userRename } from "./rename_flag.ts";
import { userDataset, userPath } from "./user_path.ts";

/** What flags' values name. */
export interface FlagKinds {
  /** Flags whose value is a path. */
  readonly paths: readonly string[];
  /** Flags whose value is several paths, separated by commas. None unless given. */
  readonly pathLists?: readonly string[];
  /** Flags that are left out. */
  readonly without: readonly string[];
}

/** Flags that mean the same in whichever folder they are given: paths are absolute. */
export function sameFlags(
  values: Readonly<Record<string, string>>,
  switches: Readonly<Record<string, boolean>>,
  { paths, pathLists = [], without }: FlagKinds,
): string[] {
  const absolute = (name: string, value: string) => {
    if (name === "dataset") return userDataset(value);
    if (name === "rename") return userRename(value);
    if (pathLists.includes(name)) return pathsIn(value).join(",");
    return paths.includes(name) ? userPath(value) : value;
  };
  const kept = (name: string) => !without.includes(name);
  return [
    ...Object.entries(values)
      .filter(([name]) => kept(name))
      .map(([name, value]) => `--${name}=${absolute(name, value)}`),
    ...Object.keys(switches).filter((name) => switches[name] && kept(name)).map((name) =>
      `--${name}`
    ),
  ];
}
