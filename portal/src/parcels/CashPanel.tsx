import { Button, Group, Stack, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { Parcel } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { formatMoney } from "../format/money";

type Cash = NonNullable<Parcel["cash"]>;

/** What the carrier collects for a parcel at the door, and what became of it. */
export function CashPanel({ parcel, cash }: { parcel: Parcel; cash: Cash }) {
  return (
    <Panel title="Cash on delivery">
      <Stack gap="sm">
        <Text>{standing(cash)}</Text>
        {cash.outcome == null && parcel.shipments.length > 0 && (
          <Outcome parcel={parcel} cash={cash} />
        )}
      </Stack>
    </Panel>
  );
}

function standing({ amount, outcome }: Cash): string {
  const money = formatMoney(amount);
  if (outcome === "collected") return `${money} was collected.`;
  if (outcome === "refused")
    return `The parcel was refused at the door. ${money} was not collected.`;
  return `Collect ${money} at the door.`;
}

function Outcome({ parcel, cash }: { parcel: Parcel; cash: Cash }) {
  const tenant = useTenant();
  const note = $api.useMutation("post", "/providers/{tenant}/parcels/{parcel}/cash", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/parcels", "/providers/{tenant}/parcels/{parcel}");
      notifySuccess("Noted.");
    },
  });
  const send = (outcome: NonNullable<Cash["outcome"]>) =>
    note.mutate({
      params: { path: { tenant: tenant.id, parcel: parcel.id } },
      body: { outcome },
    });
  return (
    <>
      <FormError message={note.error} />
      <Group>
        <Button
          loading={note.isPending}
          onClick={() =>
            confirmAction({
              title: "Cash collected?",
              message: `This notes that the shopper paid ${formatMoney(cash.amount)}. It cannot be undone here.`,
              action: "Cash collected",
              onConfirm: () => send("collected"),
              destructive: false,
            })
          }
        >
          Cash collected
        </Button>
        <Button
          variant="default"
          disabled={note.isPending}
          onClick={() =>
            confirmAction({
              title: "Parcel refused?",
              message:
                "This notes that the shopper did not take the parcel. It is cancelled, its shipments end as returned to sender, and its units do not go back on sale. It cannot be undone here.",
              action: "Parcel refused",
              onConfirm: () => send("refused"),
            })
          }
        >
          Parcel refused
        </Button>
      </Group>
    </>
  );
}
