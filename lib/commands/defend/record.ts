import type { Defended } from "../../defend/defend.ts";
import type { Json } from "../../files/checksums.ts";
import type { LeftOut } from "../../jobs/left_out.ts";
import type { TestImages } from "../shared/test_images.ts";
import type { Compared } from "./compare.ts";
import type { DefendCommand } from "./options.ts";

/** The results of hardening a model. */
export interface DefendResults {
  readonly command: DefendCommand;
  /** Its test images are the attacked ones. */
  readonly dataset: TestImages;
  readonly defended: Defended;
  readonly before: Compared;
  readonly after: Compared;
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
}

/** What is recorded in addition. */
export interface DefendRecord {
  /** Names all that the results depend on. */
  readonly key: string;
  readonly settings: Readonly<Record<string, Json>>;
  readonly seconds: number;
}
