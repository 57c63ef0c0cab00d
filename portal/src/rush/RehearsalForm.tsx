import { Alert, Button, Group, NumberInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import { Problem } from "../api/problem";
import { confirmFirst } from "../elements/confirm";
import { FormProblem } from "../elements/FormProblem";
import { useProblems } from "../elements/useProblems";
import { formatCount } from "../format/size";
import { useSale } from "../sales/SalePage";
import { isSelling } from "../sales/saleWords";
import { rehearsalsPath, shoppersMax, unitsMax } from "./rushWords";

const usualShoppers = 1_000;

interface Values {
  shoppers: number | string;
  units: number | string;
}

const within = (max: number) => (value: number | string) =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max
    ? null
    : `Enter a number from 1 to ${formatCount(max)}.`;

/** Starts a rehearsal. One runs at a time for a provider. */
export function RehearsalForm({ onStarted }: { onStarted: () => void }) {
  const { sale } = useSale();
  const [busy, setBusy] = useState(false);
  const [first] = sale.items;
  const form = useForm<Values>({
    initialValues: { shoppers: usualShoppers, units: first?.capacity ?? usualShoppers / 10 },
    validate: { shoppers: within(shoppersMax), units: within(unitsMax) },
  });
  const problems = useProblems(form);
  const start = $api.useMutation("post", rehearsalsPath, {
    onSuccess: async () => {
      onStarted();
      await refresh(rehearsalsPath);
    },
    onError: (error) => {
      if (error instanceof Problem && error.code === "rehearsal_running") {
        setBusy(true);
        void refresh(rehearsalsPath);
      } else {
        problems.show(error);
      }
    },
  });
  const send = ({ shoppers, units }: Values) => {
    setBusy(false);
    start.mutate({
      params: { path: { tenant: sale.tenant.id, sale: sale.id } },
      body: { shoppers: Number(shoppers), units: Number(units) },
    });
  };
  const ask = (values: Values) =>
    confirmFirst({
      title: "Rehearse while the sale is on?",
      message:
        "The rehearsal asks the same server as your shoppers. They may wait longer until it is over.",
      action: "Rehearse now",
      destructive: false,
      onConfirm: () => send(values),
    });
  return (
    <form noValidate onSubmit={problems.onSubmit(isSelling(sale) ? ask : send)}>
      <Stack maw={640}>
        <FormProblem message={problems.general} />
        {busy && (
          <Alert color="gray" title="One rehearsal at a time" role="status">
            A rehearsal of {sale.tenant.name} is running already, perhaps of another sale. Start
            yours in a minute, when it is over.
          </Alert>
        )}
        <Group grow align="flex-start">
          <NumberInput
            label="Shoppers"
            description={`Up to ${formatCount(shoppersMax)}.`}
            min={1}
            allowDecimal={false}
            clampBehavior="none"
            thousandSeparator={separator()}
            {...form.getInputProps("shoppers")}
          />
          <NumberInput
            label="Units"
            description={first ? `Of “${first.name}”.` : "Of the first item."}
            min={1}
            allowDecimal={false}
            clampBehavior="none"
            thousandSeparator={separator()}
            {...form.getInputProps("units")}
          />
        </Group>
        <Group>
          <Button type="submit" loading={start.isPending}>
            Start rehearsal
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What stands between thousands where the reader is. */
function separator(): string {
  return (
    new Intl.NumberFormat().formatToParts(10_000).find(({ type }) => type === "group")?.value ?? ""
  );
}
