import { Text } from "@mantine/core";
import { $api } from "../api/client";
import type { LedgerTransfer } from "../api/types";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import styles from "../parcels/parcels.module.css";
import { entryInWords, transferInWords } from "./words";

/** Where the money of an order came from and where it went. */
export function MoneyPanel({ number }: { number: string }) {
  const ledger = $api.useQuery("get", "/orders/{number}/ledger", {
    params: { path: { number } },
  });
  return (
    <Panel title="Money">
      <Loaded query={ledger}>
        {({ transfers }) =>
          transfers.length === 0 ? (
            <Text size="sm" c="dimmed">
              No money has moved yet.
            </Text>
          ) : (
            <ol className={styles.events}>
              {transfers.map((transfer) => (
                <Transfer key={transfer.key} transfer={transfer} />
              ))}
            </ol>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Transfer({ transfer }: { transfer: LedgerTransfer }) {
  return (
    <li>
      <Text size="sm" fw={550}>
        {transferInWords(transfer)}
      </Text>
      {transfer.entries.map((entry, index) => (
        <Text size="sm" key={index}>
          {entryInWords(entry)}: {formatMoney(positive(entry.amount))}
        </Text>
      ))}
      <Text size="xs" c="dimmed">
        <Timestamp at={transfer.posted_at} />
      </Text>
    </li>
  );
}

function positive(money: LedgerTransfer["entries"][number]["amount"]) {
  return { ...money, amount: Math.abs(money.amount) };
}
