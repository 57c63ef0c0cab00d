import { formatDateTime, formatRelative } from "../format/time";

export function When({ at }: { at: string }) {
  return (
    <time dateTime={at} style={{ whiteSpace: "nowrap" }}>
      {formatDateTime(at)}
    </time>
  );
}

export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatDateTime(at)} style={{ whiteSpace: "nowrap" }}>
      {formatRelative(at)}
    </time>
  );
}
