import { describe, expect, it } from "vitest";
import { isUnused, keyState } from "./apiKeys";

const now = Date.parse("2026-06-01T12:00:00Z");
const key = { created_at: "2026-01-01T12:00:00Z" };

describe("an API key", () => {
  it("works until it is revoked or expires", () => {
    expect(keyState(key, now)).toBe("active");
    expect(keyState({ ...key, expires_at: "2026-06-01T12:00:01Z" }, now)).toBe("active");
    expect(keyState({ ...key, expires_at: "2026-06-01T12:00:00Z" }, now)).toBe("expired");
    expect(keyState({ ...key, replaced_by: "k2" }, now)).toBe("superseded");
    expect(keyState({ ...key, revoked_at: "2026-05-01T12:00:00Z" }, now)).toBe("revoked");
  });

  it("is worth a warning once it was not used for 90 days", () => {
    expect(isUnused(key, now)).toBe(true);
    expect(isUnused({ ...key, last_used_at: "2026-05-31T12:00:00Z" }, now)).toBe(false);
    expect(isUnused({ ...key, last_used_at: "2026-03-03T12:00:00Z" }, now)).toBe(true);
    expect(isUnused({ ...key, revoked_at: "2026-05-01T12:00:00Z" }, now)).toBe(false);
  });
});
