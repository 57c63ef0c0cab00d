import type { RouteObject } from "react-router";

/**
 * The full path of every page of a router, with its parameters, sorted:
 * `/portal/p/:provider/sales/:sale`. Catch-all routes are left out, because they match any link.
 */
export function routePatterns(routes: RouteObject[], basename: string): string[] {
  return [...new Set(routes.flatMap((route) => pagesBelow(route, basename)))].sort();
}

function pagesBelow(route: RouteObject, parent: string): string[] {
  if (route.path === "*") return [];
  const path = joined(parent, route.path);
  // A route with children is a layout; its own path is a page only by an index route.
  return route.children?.flatMap((child) => pagesBelow(child, path)) ?? [path];
}

function joined(parent: string, path: string | undefined): string {
  if (path === undefined || path === "") return parent;
  return `${parent}/${path.replace(/^\//, "")}`;
}
