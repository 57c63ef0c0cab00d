import { describe, expect, it } from "vitest";
import { curl, pixelTag, testReference } from "./integrationExamples";

describe("the examples of the integration page", () => {
  it("are filled in with the test click, and show no key", () => {
    const reference = testReference("01a222ba-579b-77b8-baff-8abfb64104d3");
    expect(reference).toBe("TEST-8abfb64104d3");
    const command = curl("https://smp.example/api/v1", "reversals", { reference, reason: "Test" });
    expect(command).toContain("https://smp.example/api/v1/postbacks/reversals");
    expect(command).toContain('"reference":"TEST-8abfb64104d3"');
    expect(command).toContain("$SMP_API_KEY");
  });

  it("have a pixel whose address survives HTML", () => {
    const tag = pixelTag("https://smp.example/pixel/x.y.gif", "a.b", "T&1", {
      amount: 4900,
      currency: "SEK",
    });
    const image = new DOMParser().parseFromString(tag, "text/html").querySelector("img");
    const query = new URL(image?.getAttribute("src") ?? "").searchParams;
    expect(Object.fromEntries(query)).toEqual({
      click: "a.b",
      reference: "T&1",
      quantity: "1",
      amount: "4900",
      currency: "SEK",
    });
  });
});
