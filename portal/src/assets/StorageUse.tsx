import { Progress, Text } from "@mantine/core";
import { $api } from "../api/client";
import { useTenant } from "../app/SignedIn";
import { formatBytes } from "../format/numbers";
import { plural } from "../format/text";

/** From this share of the quota on, the reader is told what to do. */
const almostFull = 0.9;

/** How much of a provider's storage its files take. */
export function StorageUse() {
  const tenant = useTenant();
  const { data } = $api.useQuery("get", "/providers/{tenant}/storage", {
    params: { path: { tenant: tenant.id } },
  });
  if (data === undefined) return null;
  const used = data.stored_bytes + data.announced_bytes;
  const share = Math.min(1, used / data.quota_bytes);
  const full = share >= almostFull;
  return (
    <div style={{ maxWidth: "28rem", marginBottom: "var(--mantine-spacing-lg)" }}>
      <Text size="sm" c="dimmed" mb={4}>
        {formatBytes(used)} of {formatBytes(data.quota_bytes)} used
        {data.announced > 0 && `, ${plural(data.announced, "unfinished upload")} included`}
      </Text>
      <Progress
        size={6}
        value={share * 100}
        color={full ? "brick" : "pine"}
        aria-label="Storage used"
      />
      {full && (
        <Text size="sm" mt={4} role="status">
          Your storage is almost full. Delete files that you don’t need.
        </Text>
      )}
      {data.announced >= data.announced_max && (
        <Text size="sm" mt={4} role="status">
          {plural(data.announced, "upload")} didn’t finish. Delete them to upload more; after a day
          they are deleted by themselves.
        </Text>
      )}
    </div>
  );
}
