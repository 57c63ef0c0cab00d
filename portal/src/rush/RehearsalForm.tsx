import { Alert, Button, Group, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import { Problem } from "../api/problem";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";
import { WholeInput } from "../components/WholeInput";
import { formatCount } from "../format/numbers";
import { wholeError, wholeValue } from "../format/typedNumber";
import { useSale } from "../sales/SalePage";
import { isSelling } from "../sales/saleState";
import { rehearsalsPath, maxShoppers, maxUnits } from "./rehearsals";

const defaultShoppers = 1_000;

interface Values {
  /** As typed. */
  shoppers: string;
  units: string;
}

const within = (max: number) => (text: string) =>
  wholeError(text, { min: 1, max, missing: `Enter a number from 1 to ${formatCount(max)}.` });

/** Starts a rehearsal. A provider can run one at a time. */
export function RehearsalForm({ onStarted }: { onStarted: () => void }) {
  const { sale } = useSale();
  const [busy, setBusy] = useState(false);
  const [first] = sale.items;
  const form = useForm<Values>({
    initialValues: {
      shoppers: String(defaultShoppers),
      units: String(first?.capacity ?? defaultShoppers / 10),
    },
    validate: { shoppers: within(maxShoppers), units: within(maxUnits) },
  });
  const errors = useFormErrors(form);
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
        errors.show(error);
      }
    },
  });
  const send = ({ shoppers, units }: Values) => {
    setBusy(false);
    start.mutate({
      params: { path: { tenant: sale.tenant.id, sale: sale.id } },
      body: { shoppers: wholeValue(shoppers) ?? 0, units: wholeValue(units) ?? 0 },
    });
  };
  const confirmThenSend = (values: Values) =>
    confirmAction({
      title: "Rehearse while the sale is live?",
      message: "Rehearsals use the same servers as shoppers, so their pages may be slower.",
      action: "Rehearse now",
      destructive: false,
      onConfirm: () => send(values),
    });
  return (
    <form noValidate onSubmit={errors.onSubmit(isSelling(sale) ? confirmThenSend : send)}>
      <Stack maw={640}>
        <FormError message={errors.general} />
        {busy && (
          <Alert color="gray" title="One rehearsal at a time" role="status">
            {sale.tenant.name} is already running a rehearsal, perhaps of another sale. Try again in
            a minute.
          </Alert>
        )}
        <Group grow align="flex-start">
          <WholeInput
            label="Shoppers"
            description={`Up to ${formatCount(maxShoppers)}.`}
            {...form.getInputProps("shoppers")}
          />
          <WholeInput
            label="Units"
            description={first ? `Units of “${first.name}”.` : "Units of the first item."}
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
