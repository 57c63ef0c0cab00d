import { formatInstant } from "../format/localTime";
import { formatDateTime, formatRelative } from "../format/time";

export function Timestamp({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatInstant(at)} style={{ whiteSpace: "nowrap" }}>
      {formatDateTime(at)}
    </time>
  );
}

export function RelativeTime({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatInstant(at)} style={{ whiteSpace: "nowrap" }}>
      {formatRelative(at)}
    </time>
  );
}
