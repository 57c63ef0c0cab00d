import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { $api, queryClient } from "./client";
import { byCursor, itemsOf } from "./pages";

function Names() {
  const providers = $api.useInfiniteQuery("get", "/providers", { params: { query: {} } }, byCursor);
  return (
    <>
      {itemsOf(providers).map(({ id, name }) => (
        <p key={id}>{name}</p>
      ))}
      <button onClick={() => void providers.fetchNextPage()}>More</button>
    </>
  );
}

afterEach(() => vi.restoreAllMocks());

it("requests the first page without a cursor and the next with the cursor received", async () => {
  const requested: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation((request) => {
    const { search } = new URL((request as Request).url);
    requested.push(search);
    const body =
      search === ""
        ? { items: [{ id: "1", name: "Halm" }], next_cursor: "abc" }
        : { items: [{ id: "2", name: "Ried" }], next_cursor: null };
    return Promise.resolve(
      new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } }),
    );
  });
  render(
    <QueryClientProvider client={queryClient}>
      <Names />
    </QueryClientProvider>,
  );
  await screen.findByText("Halm");
  await userEvent.click(screen.getByRole("button", { name: "More" }));
  await screen.findByText("Ried");
  expect(requested).toEqual(["", "?cursor=abc"]);
});
