/// <reference lib="deno.worker" />
import "./one_session.ts";

self.postMessage("done");
