import { beforeEach, expect, test } from "vitest";
import { setReference } from "../format/reference";
import { reference } from "../testing/reference";
import { formatConversionRate, formatRevenue, revenueFigures } from "./figures";

beforeEach(() => setReference(reference));

const euro = (amount: number) => ({ amount, currency: "EUR" });
const yen = (amount: number) => ({ amount, currency: "JPY" });

test("amounts of two currencies and of two ways to buy stay apart", () => {
  const revenue = { hosted: [euro(9980), yen(4990)], reported: [euro(800)] };
  expect(formatRevenue(revenue)).toMatch(/99\.80 \+ .*4,990, .*8\.00 reported$/);
  expect(formatRevenue({ hosted: [], reported: [] })).toBe("–");
  const labels = revenueFigures(revenue, { hosted: true, reported: false });
  expect(labels.map(({ label }) => label)).toEqual(["Revenue", "Reported revenue"]);
  expect(
    revenueFigures({ hosted: [], reported: [] }, { hosted: false, reported: true }),
  ).toMatchObject([{ label: "Reported revenue", value: "–" }]);
});

test("the conversion rate is a share of visitors", () => {
  expect(formatConversionRate(33.3)).toMatch(/^33\s?%$/);
  expect(formatConversionRate(2.4)).toMatch(/^2\.4\s?%$/);
  expect(formatConversionRate(null)).toBe("–");
});
