import { Text } from "@mantine/core";
import type { OrderHistoryEntry } from "../api/types";
import styles from "../parcels/parcels.module.css";
import { Loaded } from "./ListStates";
import { Panel } from "./Panel";
import { Timestamp } from "./Timestamp";

interface HistoryQuery {
  data: { items: OrderHistoryEntry[] } | undefined;
  error: unknown;
  refetch: () => Promise<unknown>;
}

/** What happened to an order or a parcel, with who did it. The API has the words. */
export function HistoryPanel({ query }: { query: HistoryQuery }) {
  return (
    <Panel title="What happened">
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing is on record.
            </Text>
          ) : (
            <ol className={styles.events}>
              {items.map((entry, index) => (
                <Entry key={index} entry={entry} />
              ))}
            </ol>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Entry({ entry: { at, text, by, shopper_text } }: { entry: OrderHistoryEntry }) {
  return (
    <li>
      <Text size="sm">{text}</Text>
      {shopper_text != null && shopper_text !== text && (
        <Text size="sm" c="dimmed">
          The shopper reads: {shopper_text}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        <Timestamp at={at} /> · {by}
      </Text>
    </li>
  );
}
