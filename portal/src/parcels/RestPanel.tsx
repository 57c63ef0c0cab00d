import { Text } from "@mantine/core";
import type { Parcel } from "../api/types";
import { Panel } from "../components/Panel";
import { formatMoney } from "../format/money";
import { formatDateRange, formatDateTime } from "../format/time";

type Rest = NonNullable<Parcel["rest"]>;

/** What is left to pay for a parcel after its deposit. */
export function RestPanel({ rest }: { rest: Rest }) {
  return (
    <Panel title="Deposit and rest">
      <Text>{standing(rest)}</Text>
    </Panel>
  );
}

function standing({ amount, due_on, is_due, paid_at }: Rest): string {
  const money = formatMoney(amount);
  if (paid_at != null) return `The rest of ${money} was paid on ${formatDateTime(paid_at)}.`;
  const day = formatDateRange(due_on, due_on);
  if (!is_due) return `The rest of ${money} was due by ${day} and was not paid.`;
  return `The deposit is paid. The rest of ${money} is due by ${day}. Do not ship or book the parcel for good before it is paid.`;
}
