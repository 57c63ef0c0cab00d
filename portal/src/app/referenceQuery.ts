import { queryOptions } from "@tanstack/react-query";
import { api, required } from "../api/client";
import { setReference } from "../format/reference";

/** Loads the countries and currencies once per session. */
export const referenceQuery = queryOptions({
  queryKey: ["get", "/reference"],
  queryFn: async ({ signal }) => {
    const reference = required(await api.GET("/reference", { signal }));
    setReference(reference);
    return reference;
  },
  staleTime: Infinity,
});
