import { setTimeout as delay } from "node:timers/promises";
import { isMissing } from "../../installed.ts";

/** A Slurm cluster of two nodes, `n1` and `n2`, with a core each, on this machine. */
export interface Cluster extends AsyncDisposable {
  /** Environment variables that make Slurm's commands use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command of Slurm and returns what it prints. */
  readonly ask: (program: string, ...args: string[]) => Promise<string>;
  /** The processes that run on a node: the slurmstepd of each of its jobs, and the jobs' own. */
  readonly processesOn: (name: string) => Promise<number[]>;
  /** Ends a node as a power failure would: its slurmd, and all that runs there. */
  readonly killNode: (name: string) => Promise<void>;
}

const daemons = { munged: "/usr/sbin/munged", ctld: "/usr/sbin/slurmctld", d: "/usr/sbin/slurmd" };

/** Whether tests of Slurm are to be skipped, since it or munge is not installed. */
export async function lacksSlurm(): Promise<boolean> {
  const missing = await Promise.all([
    isMissing(daemons.munged, "--version"),
    isMissing(daemons.ctld, "-V"),
    isMissing(daemons.d, "-V"),
  ]);
  return missing.includes(true);
}

/** Starts a cluster whose files are all in a folder. Disposing of it ends everything that it started. */
export async function startCluster(folder: string): Promise<Cluster> {
  await Deno.chmod(folder, 0o755); // munge wants others to reach its socket
  await Deno.mkdir(`${folder}/state`);
  for (const name of ["n1", "n2"]) await Deno.mkdir(`${folder}/${name}`);
  const conf = `${folder}/slurm.conf`;
  const user = Deno.env.get("USER") ?? "root";
  await Deno.writeTextFile(conf, configuration(folder, user));
  const key = `${folder}/munge.key`;
  await Deno.writeFile(key, crypto.getRandomValues(new Uint8Array(128)), { mode: 0o400 });
  const env = { SLURM_CONF: conf };
  // A daemon ends when this thread does, whatever happens to it.
  const start = (...command: string[]) => {
    const args = ["--pdeathsig", "TERM", ...command];
    return new Deno.Command("setpriv", { args, env, stdout: "null", stderr: "null" }).spawn();
  };
  const running = new Map<string, Deno.ChildProcess>();
  const ask = async (program: string, ...args: string[]) => {
    const output = await new Deno.Command(program, { args, env }).output();
    return new TextDecoder().decode(output.stdout).trim();
  };
  const cluster: Cluster = {
    env,
    ask,
    processesOn: (name) => processesOn(name, ask),
    async killNode(name) {
      const processes = await processesOn(name, ask);
      [running.get(name)!.pid, ...processes].forEach((process) => kill(process));
      // slurmctld would see it by itself, after half a minute.
      await ask("scontrol", "update", `nodename=${name}`, "state=down", "reason=dead");
    },
    async [Symbol.asyncDispose]() {
      await ask("scancel", "--signal=KILL", "--full", `--user=${user}`);
      for (const child of [...running.values()].toReversed()) await endOf(child);
    },
  };
  const files = ["pid-file", "log-file", "seed-file"].map((what) =>
    `--${what}=${folder}/munge.${what}`
  );
  const socket = `--socket=${folder}/munge.socket`;
  running.set("munged", start(daemons.munged, "-F", socket, `--key-file=${key}`, ...files));
  await until(() => exists(`${folder}/munge.socket`));
  running.set("ctld", start(daemons.ctld, "-D", "-f", conf));
  for (const name of ["n1", "n2"]) {
    running.set(name, start(daemons.d, "-D", "-N", name, "-f", conf));
  }
  await until(async () => (await ask("sinfo", "-h", "-t", "idle", "-o", "%D")) === "2");
  return cluster;
}

/** Waits for something, a minute at most. */
export async function until(holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (let tries = 10 * seconds; !await holds(); tries--) {
    if (tries <= 0) throw new Error(`expected it within ${seconds} s: ${holds}`);
    await delay(100);
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

async function endOf({ pid, status }: Deno.ChildProcess): Promise<void> {
  kill(pid, "SIGTERM");
  const force = setTimeout(() => kill(pid), 5000);
  await status;
  clearTimeout(force);
}

function kill(process: number, signal: Deno.Signal = "SIGKILL"): void {
  try {
    Deno.kill(process, signal);
  } catch {
    // It has ended already.
  }
}

async function processesOn(node: string, ask: Cluster["ask"]): Promise<number[]> {
  const jobs = (await ask("squeue", "-h", "-t", "R", "-w", node, "-o", "%A")).split("\n");
  const found: number[] = [];
  for (const job of jobs.filter(Boolean)) {
    const [, ...rows] = (await ask("scontrol", "listpids", job, node)).split("\n");
    for (const process of rows.map((row) => row.trim().split(/\s+/)[0]!)) {
      const parent = Number(await ask("ps", "-o", "ppid=", "-p", process));
      if ((await ask("ps", "-o", "args=", "-p", `${parent}`)).startsWith("slurmstepd:")) {
        found.push(parent, Number(process));
      }
    }
  }
  return [...new Set(found)];
}

function configuration(folder: string, user: string): string {
  // Tests may not listen, which would tell free ports; outgoing connections take higher ones.
  const port = 20_000 + 3 * crypto.getRandomValues(new Uint16Array(1))[0]! % 10_000;
  const host = Deno.hostname().split(".")[0];
  return `
ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
CompleteWait=0
SlurmdTimeout=10
KillWait=5
ReturnToService=2
NodeName=n1 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${
    port + 1
  } CPUs=1 RealMemory=100 State=UNKNOWN
NodeName=n2 NodeHostname=${host} NodeAddr=127.0.0.1 Port=${
    port + 2
  } CPUs=1 RealMemory=100 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}
