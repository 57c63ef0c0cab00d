import type { Order } from "../api/types";

/** What became of refunded units. */
export type Restock = "never_sold" | "came_back" | "lost";

/** A line of which units can be refunded. */
export interface RefundableLine {
  id: string;
  name: string;
  /** Units that were not refunded. */
  unitsLeft: number;
  /** Minor units of its price that were not refunded. */
  left: number;
  /** Whether anything of its parcel was handed to a carrier. */
  wasShipped: boolean;
}

/** The units of a line that are chosen; `quantity` as typed. */
export interface ChosenLine {
  quantity: string;
  restock: Restock;
}

export const restockLabels: Record<Restock, string> = {
  never_sold: "Not sent: put back on sale",
  came_back: "Came back: put back on sale",
  lost: "Lost or cannot be sold",
};

/** The choices there are: what left the house was not kept, and what did not cannot come back. */
export function restockChoices(line: RefundableLine): Restock[] {
  return line.wasShipped ? ["came_back", "lost"] : ["never_sold", "lost"];
}

/** Nothing is chosen yet. What was shipped does not go back on sale by itself. */
export function unchosen(line: RefundableLine): ChosenLine {
  return { quantity: "", restock: line.wasShipped ? "lost" : "never_sold" };
}

/** The number of units that is typed, or null when it is no number of units that are left. */
export function unitsOf(line: RefundableLine, typed: string): number | null {
  const text = typed.trim();
  if (text === "") return 0;
  if (!/^\d{1,6}$/.test(text)) return null;
  const units = Number(text);
  return units <= line.unitsLeft ? units : null;
}

/** What some units cost, in minor units: their part of what is left, of which the last get all. */
export function amountOf(line: RefundableLine, units: number): number {
  if (units <= 0) return 0;
  if (units >= line.unitsLeft) return line.left;
  return Number((BigInt(line.left) * BigInt(units)) / BigInt(line.unitsLeft));
}

/** What everything that is chosen costs, in minor units. */
export function totalOf(lines: RefundableLine[], chosen: Record<string, ChosenLine>): number {
  return lines.reduce(
    (sum, line) => sum + amountOf(line, unitsOf(line, chosen[line.id]?.quantity ?? "") ?? 0),
    0,
  );
}

/** The lines of an order of which units are left, with what is left of their price. */
export function linesOfOrder(order: Order): RefundableLine[] {
  return order.parcels.flatMap((parcel) =>
    parcel.lines
      .map((line) => {
        const charged = order.price.components
          .filter((part) => part.line_id === line.id && !part.included)
          .reduce((sum, part) => sum + part.amount.amount, 0);
        const refunded = order.refunds
          .filter((refund) => refund.state !== "failed")
          .flatMap((refund) => refund.lines)
          .filter((row) => row.line_id === line.id)
          .reduce((sum, row) => sum + row.amount.amount, 0);
        return {
          id: line.id,
          name: `${line.title}, ${line.item_name}`,
          unitsLeft: line.quantity - line.refunded_quantity,
          left: Math.max(charged - refunded, 0),
          wasShipped: parcel.shipments.length > 0,
        };
      })
      .filter((line) => line.unitsLeft > 0),
  );
}
