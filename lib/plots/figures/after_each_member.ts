import type { AutoAttackRow } from "../../experiments/auto_attack.ts";
import { percent } from "../numbers.ts";
import { studentInterval } from "../student_interval.ts";
import { inMethodOrder, inNetworkOrder, methodTitle, networkTitle } from "../titles.ts";
import {
  axisName,
  type Figure,
  type Layout,
  panelLayout,
  percentTicks,
  roomForLegend,
  type Trace,
} from "./figure.ts";
import { legendOnce, methodCurve } from "./method_curve.ts";

const balls = { linf: "l∞", l2: "l2" } as const;

/** AutoAttack's members in their order, as the figure names them. */
const members = {
  apgd_ce: "APGD-CE",
  apgd_t: "APGD-T",
  fab_t: "FAB-T",
  square: "Square",
} as const;

interface Panel {
  readonly network: string;
  readonly ball: keyof typeof balls;
  readonly rows: readonly AutoAttackRow[];
}

/**
 * The accuracy that AutoAttack leaves after each of its members, one curve per method and two panels per network: the l∞ ball and the l2
 * ball. Several seeds are drawn as their mean within a band, its 95% Student interval. A member that was left out of all
 * models' attacks has no place.
 */
export function afterEachMember(rows: readonly AutoAttackRow[]): Figure {
  const networks = inNetworkOrder(rows.map(({ network }) => network));
  const methods = inMethodOrder(rows.map(({ method }) => method));
  const panels = networks.flatMap((network) =>
    (Object.keys(balls) as Panel["ball"][]).map((ball) => ({
      network,
      ball,
      rows: rows.filter((row) => row.network === network),
    }))
  );
  return {
    data: legendOnce(panels.flatMap(panelTraces)),
    layout: layoutOf(panels, 2),
    narrow: roomForLegend(layoutOf(panels, 1), methods.length),
    alt: `Accuracy of ${networks.map(networkTitle).join(" and ")} without attack and after each ` +
      `attack of AutoAttack in turn, of ${methods.map(methodTitle).join(", ")}.`,
  };
}

function panelTraces({ rows, ball }: Panel, index: number): Trace[] {
  const own = { xaxis: axisName("x", index, "trace"), yaxis: axisName("y", index, "trace") };
  const points = pointsOf(rows, ball);
  return inMethodOrder(rows.map(({ method }) => method)).flatMap((method) => {
    const ofMethod = rows.filter((row) => row.method === method);
    const y = points.map(({ of }) => studentInterval(ofMethod.map(of)));
    return methodCurve({ method, x: points.map(({ name }) => name), y }, {
      format: ".2%",
      formatHalfWidth: (half) => `${percent(half)}%`,
      own,
    });
  });
}

/** Where a ball's accuracies are known: without attack, and after each member. */
function pointsOf(rows: readonly AutoAttackRow[], ball: Panel["ball"]) {
  const after = Object.entries(members).map(([member, name]) => {
    const key = `${ball}_${member as keyof typeof members}` as const;
    return { name, of: (row: AutoAttackRow) => row[key] };
  });
  return [{ name: "no attack", of: ({ accuracy }: AutoAttackRow) => accuracy }, ...after]
    .filter(({ of }) => rows.some((row) => of(row) !== null));
}

function layoutOf(panels: readonly Panel[], columns: number): Layout {
  return panelLayout(
    panels.map((panel) => ({
      heading: headingOf(panel),
      x: ["", { type: "category" }],
      y: ["Accuracy", { ...percentTicks, rangemode: "tozero" }],
    })),
    columns,
  );
}

/** The network and the ball: `LeNet, l∞ 0.1`. */
function headingOf({ network, ball, rows }: Panel): string {
  const radius = rows[0]![`radius_${ball}`] / 255;
  return `${networkTitle(network)}, ${balls[ball]} ${Number(radius.toPrecision(3))}`;
}
