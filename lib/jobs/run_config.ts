import { excerpt } from "../engine/excerpt.ts";
import { checksumOfJson, type Json } from "../files/checksums.ts";
import { damaged } from "../files/damage.ts";
import { idOf } from "./jobs.ts";

/** The state of a run. */
export type RunStatus = "running" | "done" | "diverged";

/** The contents of a run's config.json. */
export interface RunConfig {
  readonly id: string;
  readonly settings: Json;
  readonly profile: string;
  readonly machine: Json;
  /** The number of workers; several numbers, in order, where it changed between the run's sittings. */
  readonly workers?: readonly number[];
  readonly status: RunStatus;
  /** Seconds of work, over all of the run's sittings. */
  readonly duration_seconds: number;
  /** When the run ended, in ISO 8601. */
  readonly finished_at?: string;
  /** The measured figures, null where the run diverged. */
  readonly result?: Json;
  /** Why it diverged. */
  readonly reason?: string;
  /** The SHA-256 of each file of a finished run, by name. */
  readonly files?: { readonly [name: string]: string };
}

type Fields = Readonly<Record<string, unknown>>;

/** What each field of config.json must be. */
const fields: Readonly<Record<string, (value: unknown, config: Fields) => boolean>> = {
  id: isText,
  settings: isRecord,
  profile: isText,
  machine: isRecord,
  workers: (value) =>
    value === undefined || Array.isArray(value) && value.length > 0 && value.every(isCount),
  status: (value) => value === "running" || value === "done" || value === "diverged",
  duration_seconds: (value) => Number.isFinite(value) && Number(value) >= 0,
  finished_at: (value, { status }) =>
    status === "running" ? value === undefined : isText(value) && !isNaN(Date.parse(value)),
  result: (value, { status, settings }) =>
    status === "done" ? isResult(value, settings as Fields) : value === undefined || value === null,
  files: (value) =>
    value === undefined || isRecord(value) && Object.values(value).every(isChecksum),
};

/** A figure that every result has, by the attack in a job's settings; jobs without an attack train. */
const figures: Readonly<Record<string, string>> = {
  fast_gradient_sign: "epsilons",
  strong: "rho2_deepfool",
  transfer: "deepfool",
};

/** The text of config.json. For a finished run it holds the checksum of its contents. */
export function encodeConfig(config: RunConfig): string {
  const whole = config.finished_at ? { ...config, sha256: checksumOfConfig(config) } : config;
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/**
 * Reads the bytes of config.json. A finished run without checksums is accepted: earlier versions wrote none.
 *
 * @param id The run that it should belong to.
 * @param path Where it came from, for messages.
 * @throws {DamagedError} when it is not a run's config, or another run's, or was changed.
 */
export function decodeConfig(bytes: Uint8Array, id: string, path: string): RunConfig {
  const { sha256, ...config } = parse(bytes, path);
  for (const [name, isValid] of Object.entries(fields)) {
    if (isValid(config[name], config)) continue;
    const came = excerpt(JSON.stringify(config[name]) ?? "none");
    throw damaged(path, `a run's config with a valid ${name}`, came);
  }
  const read = config as unknown as RunConfig;
  if (read.id !== id || idOf(read.settings) !== id) {
    throw damaged(path, `the config of run ${id}, and its settings`, "those of another run");
  }
  if (sha256 !== undefined && sha256 !== checksumOfConfig(read)) {
    throw damaged(path, "the contents that its sha256 belongs to", "others");
  }
  return read;
}

function parse(bytes: Uint8Array, path: string): Fields {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(value)) return value;
  } catch {
    // Not JSON, or not text at all.
  }
  throw damaged(path, "a run's config in JSON", `${bytes.length} bytes that are not`);
}

function checksumOfConfig(config: RunConfig): string {
  return checksumOfJson({ ...config } as unknown as Json);
}

function isResult(value: unknown, { attack }: Fields): boolean {
  return isRecord(value) && (value[figures[String(attack)] ?? "accuracy"] ?? null) !== null;
}

function isChecksum(value: unknown): boolean {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
