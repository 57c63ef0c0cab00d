import { Stack, Text } from "@mantine/core";
import { $api } from "../api/client";
import { Panel } from "../components/Panel";
import { InvoiceTable } from "./InvoicesPage";

/** The invoices of an order, for SMP's team. */
export function OrderInvoices({ number }: { number: string }) {
  const { data } = $api.useQuery("get", "/orders/{number}/invoices", {
    params: { path: { number } },
  });
  if (!data || data.items.length + data.by_provider.length + data.waiting.length === 0) return null;
  return (
    <Panel title="Invoices">
      <Stack gap="sm">
        {data.items.length > 0 && <InvoiceTable invoices={data.items} />}
        {data.by_provider.map((name) => (
          <Text key={name} size="sm">
            The invoice comes from {name}.
          </Text>
        ))}
        {data.waiting.map((name) => (
          <Text key={name} size="sm">
            The invoice of {name} waits for the provider’s data.
          </Text>
        ))}
      </Stack>
    </Panel>
  );
}
