import { act, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Me } from "../api/types";
import { ProblemResponse, renderPortal } from "../testing/portal";

/** A stream that tells what a test makes it tell. */
class Stream extends EventTarget {
  static readonly CLOSED = 2;
  static all: Stream[] = [];
  readyState = 1;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
    Stream.all.push(this);
  }
  close() {
    this.readyState = Stream.CLOSED;
  }
}

const support: Me = {
  account: { id: "a", email: "a@example.com", name: "A", is_verified: true },
  roles: [{ role: "support" }],
};
const last = () => {
  const stream = Stream.all.at(-1);
  if (!stream) throw new Error("no stream was opened");
  return stream;
};
const tell = (kind: string) => act(() => void last().dispatchEvent(new Event(kind)));

beforeEach(() => {
  Stream.all = [];
  vi.stubGlobal("EventSource", Stream);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("closes a page whose reader lost the role for it", async () => {
  let me = support;
  renderPortal("support", "/smp/page", [{ path: "page", element: <p>Orders of others</p> }], {
    "GET /me": () => me,
  });
  await screen.findByText("Orders of others");
  expect(last().url).toBe("/session/live");
  tell("changed");
  await screen.findByText("Orders of others");
  me = { ...support, roles: [] };
  tell("changed");
  await screen.findByText("Page not found");
  expect(screen.queryByText("Orders of others")).toBeNull();
});

it("listens to nothing for somebody who is not signed in", async () => {
  const refused = new ProblemResponse(401, { title: "Unauthorized", detail: "Sign in first." });
  const me = vi.fn(() => refused);
  renderPortal("support", "/smp/page", [{ path: "page", element: <p>Orders of others</p> }], {
    "GET /me": me,
  });
  await vi.waitFor(() => expect(me).toHaveBeenCalled());
  expect(Stream.all).toEqual([]);
});

it("leaves a page whose session ended, and listens no longer", async () => {
  let answer: unknown = support;
  renderPortal("support", "/smp/page", [{ path: "page", element: <p>Orders of others</p> }], {
    "GET /me": () => answer,
  });
  await screen.findByText("Orders of others");
  answer = new ProblemResponse(401, { title: "Unauthorized", detail: "Sign in first." });
  tell("ended");
  await vi.waitFor(() => expect(screen.queryByText("Orders of others")).toBeNull());
  expect(Stream.all.every(({ readyState }) => readyState === Stream.CLOSED)).toBe(true);
});

it("asks again when it was cut off, because nobody told it meanwhile", async () => {
  let me = support;
  renderPortal("support", "/smp/page", [{ path: "page", element: <p>Orders of others</p> }], {
    "GET /me": () => me,
  });
  await screen.findByText("Orders of others");
  me = { ...support, roles: [] };
  act(() => {
    last().onerror?.();
    last().onopen?.();
  });
  await screen.findByText("Page not found");
});
