import { formatDateTime, formatRelative } from "../format/time";

export function Timestamp({ at }: { at: string }) {
  return (
    <time dateTime={at} style={{ whiteSpace: "nowrap" }}>
      {formatDateTime(at)}
    </time>
  );
}

export function RelativeTime({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatDateTime(at)} style={{ whiteSpace: "nowrap" }}>
      {formatRelative(at)}
    </time>
  );
}
