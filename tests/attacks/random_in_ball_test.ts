import assert from "node:assert/strict";
import { randomInBall } from "../../lib/attacks/ascent/random_in_ball.ts";
import { norm } from "../../lib/compute/norms.ts";
import { random } from "../../lib/engine/random.ts";

for (const [p, length] of [[2, 1], [2, 2], [2, 50], [Infinity, 1], [Infinity, 50]] as const) {
  Deno.test(`random points of the ${p}-ball in ${length} dimensions fill its volume evenly`, () => {
    const uniform = random("ball", String(p), length);
    const points = Array.from({ length: 4000 }, () => randomInBall(length, 3, p, uniform));
    // The share of the volume that lies further inside is uniform on [0, 1].
    const shares = points.map((point) => (norm(point, p) / 3) ** length).sort((a, b) => a - b);
    assert.ok(shares.at(-1)! <= 1 + 1e-6);
    // Kolmogorov-Smirnov at 1e-6.
    const gap = Math.max(...shares.map((share, i) => Math.abs(share - (i + 0.5) / 4000)));
    assert.ok(gap < 2.7 / Math.sqrt(4000), `${gap}`);
    const centre = points.reduce((sum, point) => sum + point[0]!, 0) / 4000;
    assert.ok(Math.abs(centre) < 0.25, `${centre}`);
  });
}
