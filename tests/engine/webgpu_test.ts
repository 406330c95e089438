import assert from "node:assert/strict";
import { isMissing } from "../installed.ts";
import { relativeError } from "../defenses/step.ts";

/** Debian's chromium brings a Vulkan driver in software: slow, but every operation goes through WebGPU. */
const folder = "/usr/lib/chromium";
const driver = `${folder}/vk_swiftshader_icd.json`;

async function stepOn(device: string) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      "--allow-sys",
      "--allow-ffi",
      new URL("./webgpu_step.ts", import.meta.url).href,
      device,
    ],
    env: { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "a Deep Defense step on webgpu, with a driver in software, is the processor's",
  ignore: await isMissing("ls", driver),
  fn: async () => {
    const [webgpu, cpu] = [await stepOn("webgpu"), await stepOn("cpu")];
    assert.equal(webgpu.active, cpu.active);
    assert.ok(Math.abs(webgpu.regularizer - cpu.regularizer) < 1e-4 * cpu.regularizer);
    assert.notDeepEqual(webgpu.gradients, cpu.gradients, "the last bits differ between devices");
    const error = relativeError(webgpu.gradients, cpu.gradients);
    assert.ok(error < 1e-4, `relative error ${error}`);
  },
});
