import assert from "node:assert/strict";
import type { Job } from "../../lib/jobs/jobs.ts";
import type { RunConfig } from "../../lib/jobs/run_folder.ts";
import { secondsInAll, timeLeft } from "../../lib/jobs/time_left.ts";
import { smallJobs } from "./small_experiment.ts";

const jobs = smallJobs({ seeds: [0, 1] });
const only = (kind: string, method?: string) =>
  jobs.filter((job) => job.kind === kind && (method === undefined || job.method === method));

/** What jobs say of themselves that took so many seconds each. */
function finished(durations: readonly (readonly [Job, number])[]): Map<string, RunConfig> {
  return new Map(
    durations.map(([{ id, settings }, duration_seconds]) => [id, {
      id,
      settings,
      profile: "small",
      machine: {},
      status: "done",
      duration_seconds,
    }]),
  );
}

const [first, second] = only("train", "deep_defense") as [Job, Job];
const [reference] = only("train", "reference") as [Job];
const [clean] = only("train", "clean") as [Job];
const [sign] = only("sign") as [Job];

const cases: readonly (readonly [string, Job[], [Job, number][], Job, number])[] = [
  ["as the one under way, if none has finished", [first, second], [], first, 200],
  [
    "as one of its method did",
    [first, reference, second, clean],
    [
      [first, 10],
      [reference, 7],
    ],
    clean,
    10,
  ],
  [
    "as the one under way rather than as one of another method",
    [first, reference, second],
    [
      [reference, 7],
    ],
    first,
    200,
  ],
  // A reference of three epochs is 4 epochs of work, Deep Defense in two is 15, and its measurement under FGS 1.5.
  ["by its work, if only another method is under way", [reference, second], [], reference, 750],
  [
    "by its work, if only others of its network have finished",
    [reference, clean, second, sign],
    [
      [reference, 8],
      [second, 30],
    ],
    clean,
    3,
  ],
  [
    "by its work, if only another kind has finished",
    [reference, sign, second],
    [
      [reference, 8],
    ],
    second,
    3,
  ],
];

for (const [how, some, durations, job, seconds] of cases) {
  Deno.test(`a job is expected to take as long ${how}`, () => {
    assert.equal(timeLeft(some, finished(durations), { job, seconds: 200 }).seconds, seconds);
  });
}

Deno.test("how long a training takes is known from its steps, not from what is before and after", () => {
  const inAll = secondsInAll();
  assert.equal(inAll(clean, "preparing", 4), undefined);
  assert.equal(inAll(clean, "training", 90), 90);
  assert.equal(inAll(clean, "training", 100), 100);
  assert.equal(inAll(clean, "attacking", 7), 100);
  assert.equal(inAll(first, "attacking", 7), undefined, "another job");
  assert.equal(inAll(sign, "FGS", 7), 7, "a job without other phases");
});

Deno.test("what has finished and what is under way is not left", () => {
  const { jobs: left } = timeLeft(jobs, finished([[reference, 1]]), { job: clean, seconds: 1 });
  assert.equal(left, jobs.length - 2);
});

Deno.test("what has diverged is not left, and says nothing of how long others take", () => {
  const configs = finished([[first, 3]]);
  configs.set(first.id, { ...configs.get(first.id)!, status: "diverged" });
  assert.deepEqual(
    timeLeft([first, second, clean], configs, { job: clean, seconds: 10 }),
    { jobs: 1, seconds: 30 },
  );
});
