import { Stack, Text } from "@mantine/core";
import { $api } from "../api/client";
import type { PayoutBalance, PayoutBalances } from "../api/types";
import { DescriptionList } from "../components/DescriptionList";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { formatMoney } from "../format/money";
import { formatDate } from "../format/time";

/** What SMP owes a provider, and when it is paid. */
export function BalancePanel({ tenant }: { tenant: string }) {
  const balances = $api.useQuery("get", "/providers/{tenant}/payouts/balance", {
    params: { path: { tenant } },
  });
  return (
    <Panel title="What you are owed">
      <Loaded query={balances}>{(data) => <Balances balances={data} />}</Loaded>
    </Panel>
  );
}

function Balances({ balances }: { balances: PayoutBalances }) {
  return (
    <Stack gap="md">
      {balances.items.length === 0 && (
        <Text size="sm">Nothing yet. What is sold in SMP’s own cart is counted here.</Text>
      )}
      {balances.items.map((balance) => (
        <DescriptionList
          key={balance.owed.currency}
          rows={rows(balance, balances.next_drafted_at)}
        />
      ))}
      <Text size="sm" c="dimmed">
        Goods are paid 14 days after they were delivered, or 30 days after they were shipped if
        nobody marked them as delivered. Vouchers and reservations are paid 14 days after the order.
        Statements are drafted on Monday mornings.
      </Text>
    </Stack>
  );
}

function rows(balance: PayoutBalance, next: string): [string, string | false][] {
  const { owed, in_statements, ready, upcoming, waiting, minimum } = balance;
  const isDebt = owed.amount < 0;
  const tooLittle = ready.amount > 0 && ready.amount < minimum.amount;
  return [
    [
      `In all, ${owed.currency}`,
      isDebt ? `${formatMoney(owed)}: your next sales pay it` : formatMoney(owed),
    ],
    ["In statements", in_statements.amount > 0 && formatMoney(in_statements)],
    [
      `Next statement, ${formatDate(next)}`,
      ready.amount !== 0 &&
        (tooLittle
          ? `${formatMoney(ready)}: less than ${formatMoney(minimum)} is carried over`
          : formatMoney(ready)),
    ],
    ...upcoming.map(({ drafted_at, amount }): [string, string] => [
      `Statement of ${formatDate(drafted_at)}`,
      formatMoney(amount),
    ]),
    ...waiting.map(({ evidence, amount }): [string, string] => [
      awaited[evidence],
      formatMoney(amount),
    ]),
  ];
}

const awaited: Record<PayoutBalance["waiting"][number]["evidence"], string> = {
  dispute: "Waits for the end of a dispute",
  refund: "Waits for a refund under way",
  shipment: "Waits until it is shipped",
  cash: "Waits until the cash is collected",
};
