import type { Reply, Request } from "./worker.ts";

/** A request without its number. */
export type Unnumbered<R> = R extends unknown ? Omit<R, "id"> : never;

/** Worker threads that answer requests one at a time each. */
export interface Team extends Disposable {
  /** How many workers there are. */
  readonly size: number;
  /** Sends a request to worker `index` and waits for its answer. */
  ask(index: number, request: Unnumbered<Request>): Promise<unknown>;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts `size` workers. */
export function createTeam(size: number): Team {
  const members = Array.from({ length: size }, createMember);
  return {
    size,
    ask(index, request) {
      const member = members[index];
      if (member) return member.ask(request);
      return Promise.reject(
        new RangeError(`asking a worker: expected an index below ${size}, got ${index}`),
      );
    },
    [Symbol.dispose]: () => members.forEach((member) => member.stop()),
  };
}

function createMember() {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let ended: Error | undefined;

  /** The answer will never come. */
  const end = (reason: Error) => {
    ended ??= reason;
    waiting.forEach(({ reject }) => reject(ended));
    waiting.clear();
  };

  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const { resolve, reject } = waiting.get(data.id)!;
    waiting.delete(data.id);
    if ("error" in data) reject(data.error);
    else resolve(data.result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    end(new Error(`running in a worker: ${event.message}`));
  };

  return {
    ask(request: Unnumbered<Request>): Promise<unknown> {
      if (ended) return Promise.reject(ended);
      const id = count++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ ...request, id });
      });
    },
    stop() {
      end(
        new Error("running in a worker: expected an engine that is in use, but it was disposed of"),
      );
      worker.terminate();
    },
  };
}
