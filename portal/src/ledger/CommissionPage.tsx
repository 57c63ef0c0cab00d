import { Button, Modal, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { CommissionRule } from "../api/types";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { FormError } from "../components/FormError";
import { EmptyState } from "../components/ListStates";
import { LoadedPage } from "../components/LoadedPage";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { kindName } from "../sales/saleFormValues";
import { CommissionForm } from "./CommissionForm";
import { formatPpm } from "./percent";

/** What a rule is for, in words. */
export function scopeOf(rule: CommissionRule): string {
  if (rule.sale_slug != null) return `The sale ${rule.sale_slug} of ${rule.provider_name ?? ""}`;
  const parts = [rule.provider_name, rule.kind == null ? null : kindName(rule.kind)];
  return parts.filter((part) => part != null).join(", ") || "Everything";
}

/** What a rule takes, in words. */
export function takenBy({ ppm, fixed_minor, currency }: CommissionRule): string {
  const share = formatPpm(ppm);
  if (fixed_minor === 0 || currency == null) return share;
  return `${share} and ${formatMoney({ amount: fixed_minor, currency })} a unit`;
}

/** What SMP takes of what is sold, for finance. */
export function CommissionPage() {
  const [adding, setAdding] = useState(false);
  const rules = $api.useQuery("get", "/commission-rules");
  return (
    <LoadedPage query={rules}>
      {({ items }) => (
        <>
          <PageHeader
            title="Commission"
            lead="What SMP takes of each line that is sold. The most specific rule counts: of a sale, then of a provider, then of a kind of sale. A change counts for orders that are confirmed from then on."
            actions={
              <Button
                leftSection={<IconPlus size={16} aria-hidden />}
                onClick={() => setAdding(true)}
              >
                Set a rule
              </Button>
            }
          />
          {items.length === 0 ? (
            <EmptyState title="No rules yet">
              SMP takes nothing until you set one with the button above.
            </EmptyState>
          ) : (
            <Rules rules={items} />
          )}
          <Modal opened={adding} onClose={() => setAdding(false)} title="Set a rule of commission">
            <CommissionForm onClose={() => setAdding(false)} />
          </Modal>
        </>
      )}
    </LoadedPage>
  );
}

function Rules({ rules }: { rules: CommissionRule[] }) {
  const remove = $api.useMutation("delete", "/commission-rules/{rule}", {
    onSuccess: async () => {
      await refresh("/commission-rules");
      notifySuccess("Rule deleted.");
    },
  });
  const ask = (rule: CommissionRule) =>
    confirmAction({
      title: "Delete this rule?",
      message: `${scopeOf(rule)}: what is sold from now on follows the next more general rule. What was confirmed keeps its commission.`,
      action: "Delete rule",
      onConfirm: () => remove.mutate({ params: { path: { rule: rule.id } } }),
    });
  return (
    <>
      {remove.error != null && <FormError message={remove.error} />}
      <DataTable
        label="Rules of commission"
        rows={rules}
        rowKey={({ id }) => id}
        columns={[
          { header: "For", cell: scopeOf },
          { header: "Currency", cell: ({ currency }) => currency ?? "All" },
          { header: "SMP takes", cell: takenBy, kind: "number" },
          { header: "Since", cell: ({ set_at }) => <Timestamp at={set_at} />, kind: "dim" },
          {
            header: "Delete",
            cell: (rule) => (
              <Button
                size="xs"
                variant="default"
                onClick={() => ask(rule)}
                aria-label={`Delete: ${scopeOf(rule)}`}
              >
                Delete
              </Button>
            ),
          },
        ]}
      />
      <Text size="sm" c="dimmed" mt="sm">
        To change a rule, set it again for the same sales and currency.
      </Text>
    </>
  );
}
