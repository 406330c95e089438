/** A process whose main thread knows nothing of onnxruntime: a worker of its own has the first session. */
const worker = new Worker(import.meta.resolve("./one_session_worker.ts"), { type: "module" });
await new Promise((resolve) => worker.onmessage = resolve);
worker.terminate();
