import { describe, expect, it } from "vitest";
import { visibleField } from "../components/useFormErrors";
import { explain, mapProblem, Problem, problemFrom } from "./problem";

function response(status: number, body: unknown): Response {
  return new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}

describe("a problem from the API", () => {
  it("keeps its text and its field errors", async () => {
    const problem = await problemFrom(
      response(422, {
        type: "urn:smp:invalid",
        title: "Invalid values",
        status: 422,
        detail: "Two values are wrong.",
        errors: [{ field: "items.0.sku", message: "Taken." }],
      }),
    );
    expect(problem).toMatchObject({
      status: 422,
      code: "invalid",
      title: "Invalid values",
      message: "Two values are wrong.",
      fields: [{ field: "items.0.sku", message: "Taken." }],
    });
  });

  it("has a default text when the response is not a problem document", async () => {
    expect(explain(await problemFrom(response(502, "<html>Bad gateway</html>")))).toBe(
      "The server had an error. Try again.",
    );
    expect(explain(await problemFrom(response(403, {})))).toBe(
      "Your role doesn’t allow this. Ask an owner or SMP for access.",
    );
  });

  it("does not show an operation's id to a reader without the right", async () => {
    const problem = await problemFrom(
      response(403, {
        type: "urn:smp:forbidden",
        title: "Forbidden",
        detail: "Your role does not include parcel_list. Ask an owner or SMP for a role that does.",
      }),
    );
    expect(explain(problem)).toBe("Your role doesn’t allow this. Ask an owner or SMP for access.");
  });

  it("ignores malformed field errors", async () => {
    const problem = await problemFrom(
      response(422, {
        title: "Invalid",
        errors: [null, "x", { field: "a" }, { message: "Whole form." }],
      }),
    );
    expect(problem.fields).toEqual([{ field: "", message: "Whole form." }]);
  });

  it("lists the field errors when there is no form to show them", () => {
    const problem = new Problem(422, "Invalid", "Some values are not right.", [
      { field: "items.0.price_minor", message: "Must not be negative" },
      { field: "", message: "Too many." },
    ]);
    expect(explain(problem)).toBe("Price minor: Must not be negative. Too many.");
  });

  it("explains a lost connection", () => {
    expect(explain(new TypeError("Failed to fetch"))).toContain("Can’t reach the server");
    expect(explain("?")).toBe("Something went wrong. Try again.");
  });
});

describe("mapping onto a form", () => {
  const shown = ["title", "items.0.price_minor", "hold_minutes", "countries"];
  const known = (field: string) => visibleField(field, (path) => shown.includes(path));

  it("puts each message at its field, renamed where the form's name differs", () => {
    const problem = new Problem(422, "Invalid", undefined, [
      { field: "items.0.price_minor", message: "Too low." },
      { field: "hold_seconds", message: "At most an hour." },
    ]);
    expect(mapProblem(problem, known, { hold_seconds: "hold_minutes" })).toEqual({
      fields: { "items.0.price_minor": "Too low.", hold_minutes: "At most an hour." },
      general: null,
    });
  });

  it("collects errors without a field in the form into one message", () => {
    const problem = new Problem(422, "Invalid", undefined, [
      { field: "kind", message: "Not offered." },
      { field: "", message: "Too many." },
    ]);
    expect(mapProblem(problem, known)).toEqual({
      fields: {},
      general: "Kind: Not offered. Too many.",
    });
  });

  it("shows the error of a part of a field at the field, with the part’s value", () => {
    const problem = new Problem(422, "Invalid", undefined, [
      { field: "countries.1", message: "Not a country." },
    ]);
    const values: Record<string, string> = { "countries.1": "LI" };
    expect(mapProblem(problem, known, {}, (path) => values[path])).toEqual({
      fields: { countries: "“LI”: Not a country." },
      general: null,
    });
  });

  it("keeps the first message of a field", () => {
    const problem = new Problem(422, "Invalid", undefined, [
      { field: "title", message: "First." },
      { field: "title", message: "Second." },
    ]);
    expect(mapProblem(problem, known).fields).toEqual({ title: "First." });
  });

  it("falls back to the problem's message without field errors", () => {
    expect(mapProblem(new Problem(409, "Conflict", "Already decided."), known)).toEqual({
      fields: {},
      general: "Already decided.",
    });
  });
});
