import type { ApiKey } from "../api/types";

const unusedMs = 90 * 24 * 3_600_000;

type KeyTimes = Pick<
  ApiKey,
  "created_at" | "expires_at" | "last_used_at" | "replaced_by" | "revoked_at"
>;

/** Where a key stands; `superseded` still works, beside its successor. */
export function keyState(key: KeyTimes, now: number = Date.now()): string {
  if (key.revoked_at != null) return "revoked";
  if (key.expires_at != null && Date.parse(key.expires_at) <= now) return "expired";
  return key.replaced_by == null ? "active" : "superseded";
}

/** Whether a key works and was not used for 90 days. */
export function isUnused(key: KeyTimes, now: number = Date.now()): boolean {
  const works = ["active", "superseded"].includes(keyState(key, now));
  return works && now - Date.parse(key.last_used_at ?? key.created_at) >= unusedMs;
}
