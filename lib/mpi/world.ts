import { setImmediate, setTimeout as delay } from "node:timers/promises";
import type { Library } from "./library.ts";

/**
 * All ranks: what they send one another. Everything waits without blocking, so that signals are heard meanwhile. All calls of MPI are
 * made in this thread and return at once.
 */
export interface World {
  /** This process's rank, from 0. */
  readonly rank: number;
  /** How many ranks there are. */
  readonly size: number;
  /** How many of them run on this machine. */
  readonly here: number;
  /** Sends bytes to a rank; they must not change until it has them. */
  readonly send: (to: number, bytes: Uint8Array) => Promise<void>;
  /** Receives the next bytes from a rank; they may come late. */
  readonly receive: (from: number) => Promise<Uint8Array>;
  /** Gives rank 0's bytes to all, in place. All call it with the same length. */
  readonly broadcast: (bytes: Uint8Array) => Promise<void>;
  /** Adds the arrays of all ranks, in place on rank 0. All call it with the same length. */
  readonly sum: (numbers: Float32Array) => Promise<void>;
  /** Ends MPI; all call it. */
  readonly end: () => void;
  /** Ends the processes of all ranks at once. */
  readonly abort: (code: number) => never;
}

/** MPI counts with 32 bits: more bytes go in several parts. */
const mostBytes = 2 ** 30;

/** Joins the other ranks. */
export function joinWorld(library: Library): World {
  const { symbols: mpi, handles: { world } } = library;
  mpi.MPI_Init(null, null);
  const rank = number((out) => mpi.MPI_Comm_rank(world, out));
  const { send, receive, broadcast, sum } = transfersOf(library, rank);
  return {
    rank,
    size: number((out) => mpi.MPI_Comm_size(world, out)),
    here: ranksHere(library),
    async send(to, bytes) {
      await send(to, new Uint8Array(Float64Array.of(bytes.length).buffer));
      for (const part of parts(bytes)) await send(to, part);
    },
    async receive(from) {
      const length = new Float64Array(1);
      await receive(from, new Uint8Array(length.buffer), "perhaps late");
      const bytes = new Uint8Array(length[0]!);
      for (const part of parts(bytes)) await receive(from, part);
      return bytes;
    },
    async broadcast(bytes) {
      for (const part of parts(bytes)) await broadcast(part);
    },
    sum,
    end: () => mpi.MPI_Finalize(),
    abort(code) {
      mpi.MPI_Abort(world, code);
      return Deno.exit(code);
    },
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The transfers that MPI has begun and that this thread waits for. */
function transfersOf({ symbols: mpi, handles }: Library, rank: number) {
  const { world, byte, float } = handles;
  const inPlace = Deno.UnsafePointer.create(1n); // MPI_IN_PLACE: rank 0's own numbers are where the sum goes.

  /** Begins a transfer and waits until it is done. */
  const done = async (
    begin: (request: BigUint64Array<ArrayBuffer>) => number,
    when: "now" | "perhaps late" = "now",
  ) => {
    const [request, flag] = [new BigUint64Array(1), new Int32Array(1)];
    begin(request);
    const begun = performance.now();
    for (;;) {
      mpi.MPI_Test(request, flag, null);
      if (flag[0] !== 0) return;
      await pause(when === "now" ? 0 : performance.now() - begun);
    }
  };
  return {
    send: (to: number, bytes: Bytes) =>
      done((request) => mpi.MPI_Isend(bytes, bytes.length, byte, to, 0, world, request)),
    receive: (from: number, bytes: Bytes, when?: "perhaps late") =>
      done((request) => mpi.MPI_Irecv(bytes, bytes.length, byte, from, 0, world, request), when),
    broadcast: (bytes: Bytes) =>
      done((request) => mpi.MPI_Ibcast(bytes, bytes.length, byte, 0, world, request)),
    sum(shared: Float32Array) {
      const all = shared as Float32Array<ArrayBuffer>;
      const own = rank === 0 ? inPlace : Deno.UnsafePointer.of(all);
      const { length } = all;
      return done((request) =>
        mpi.MPI_Ireduce(own, all, length, float, handles.sum, 0, world, request)
      );
    },
  };
}

/** A number that a function of MPI writes. */
function number(write: (out: Int32Array<ArrayBuffer>) => void): number {
  const out = new Int32Array(1);
  write(out);
  return out[0]!;
}

/** The ranks that share this machine's memory. */
function ranksHere({ symbols: mpi, handles: { world, noInfo } }: Library): number {
  const sharingMemory = 0; // MPI_COMM_TYPE_SHARED
  const group = new BigUint64Array(1);
  mpi.MPI_Comm_split_type(world, sharingMemory, 0, noInfo, group);
  return number((out) => mpi.MPI_Comm_size(Deno.UnsafePointer.create(group[0]!), out));
}

/** Lets other work happen for a moment; longer where one has waited for long already. */
async function pause(waitedMs: number): Promise<void> {
  if (waitedMs < 2) await setImmediate();
  else await delay(Math.min(Math.max(waitedMs / 100, 1), 10));
}

/** Parts that MPI can count. */
function* parts(bytes: Uint8Array): Generator<Bytes> {
  for (let at = 0; at < bytes.length; at += mostBytes) {
    // Shared memory is as good: MPI reads and writes it where it is.
    yield bytes.subarray(at, at + mostBytes) as Bytes;
  }
}
