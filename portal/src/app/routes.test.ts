import { expect, it } from "vitest";
import { routePatterns } from "./routePatterns";
import { basename, routes } from "./router";

it("matches routes.json, which the server's links are checked against", async () => {
  const patterns = routePatterns(routes, basename);
  await expect(
    `${JSON.stringify(patterns, null, 2)}\n`,
    "portal/routes.json is out of date; refresh it with `npm run routes`",
  ).toMatchFileSnapshot("../../routes.json");
});
