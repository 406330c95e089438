import type { Reply, Request } from "./worker.ts";

/** Worker threads that answer requests one at a time each. */
export interface Team extends Disposable {
  readonly size: number;
  /** Sends a request to worker `index` and waits for its answer. */
  ask(index: number, request: Unnumbered<Request>): Promise<unknown>;
}

type Unnumbered<R> = R extends unknown ? Omit<R, "id"> : never;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts `size` workers. */
export function createTeam(size: number): Team {
  const members = Array.from({ length: size }, createMember);
  return {
    size,
    ask: (index, request) => members[index]!.ask(request),
    [Symbol.dispose]: () => members.forEach((member) => member.stop()),
  };
}

function createMember() {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, Waiting>();
  let count = 0;

  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const { resolve, reject } = waiting.get(data.id)!;
    waiting.delete(data.id);
    if ("error" in data) reject(data.error);
    else resolve(data.result);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    waiting.forEach(({ reject }) => reject(new Error(`running in a worker: ${event.message}`)));
    waiting.clear();
  };

  return {
    ask(request: Unnumbered<Request>): Promise<unknown> {
      const id = count++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ ...request, id });
      });
    },
    stop: () => worker.terminate(),
  };
}
