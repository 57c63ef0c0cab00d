import { QueryCache, QueryClient } from "@tanstack/react-query";
import createClient from "openapi-fetch";
import createQueries from "openapi-react-query";
import { Problem, problemFrom } from "./problem";
import type { paths } from "./schema";
import { sendWithStepUp } from "./stepUp";

export const apiRoot = "/api/v1";

/**
 * The typed API client. It throws an error response as a `Problem`, so `data` is always present.
 */
export const api = createClient<paths>({
  baseUrl: new URL(apiRoot, window.location.origin).href,
  // Looked up at call time, so that a test can replace it.
  fetch: (request) => sendWithStepUp(request, (sent) => globalThis.fetch(sent)),
});
api.use({
  async onResponse({ response }) {
    if (!response.ok) throw await problemFrom(response);
  },
});

/** The body of an answer, for code that calls the API without a hook. */
export function required<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error("The server sent an empty response. Try again.");
  return answer.data;
}

/** The same API as query and mutation hooks. */
export const $api = createQueries(api);

export const meKey = ["get", "/me"] as const;

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error, query) {
      const aboutMe = query.queryKey[1] === meKey[1];
      // The session has ended. Reading /me again leads to the sign-in page.
      if (!aboutMe && error instanceof Problem && error.status === 401)
        void queryClient.invalidateQueries({ queryKey: meKey });
      // The first day without a second factor is over. Reading how it stands leads to its set-up.
      if (error instanceof Problem && error.code === "second_factor_required")
        void queryClient.invalidateQueries({ queryKey: ["get", "/me/second-factor"] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.status < 500),
    },
  },
});

/** Invalidates everything read from these paths, with any parameters. */
export async function refresh(...paths: (keyof import("./schema").paths)[]): Promise<void> {
  await Promise.all(
    paths.map((path) => queryClient.invalidateQueries({ queryKey: ["get", path] })),
  );
}
