import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { Parcel, Shipment, ShipmentEventState } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { stateOptions } from "../components/states";
import { useFormErrors } from "../components/useFormErrors";

const affectedPaths = [
  "/providers/{tenant}/parcels",
  "/providers/{tenant}/parcels/{parcel}",
  "/providers/{tenant}/statistics",
] as const;

export function ShipmentForm({ parcel }: { parcel: Parcel }) {
  const tenant = useTenant();
  const form = useForm({
    initialValues: { carrier: "", tracking_number: "", tracking_url: "" },
    validate: {
      carrier: isNotEmpty("Enter the carrier."),
      tracking_number: isNotEmpty("Enter the tracking number."),
    },
  });
  const errors = useFormErrors(form);
  const create = $api.useMutation("post", "/providers/{tenant}/parcels/{parcel}/shipments", {
    onSuccess: async () => {
      form.reset();
      await refresh(...affectedPaths);
      notifySuccess("Shipment added. We’ve notified the shopper.");
    },
    onError: errors.show,
  });
  return (
    <Panel title={parcel.shipments.length === 0 ? "Ship this parcel" : "Add another shipment"}>
      <form
        noValidate
        onSubmit={errors.onSubmit(({ carrier, tracking_number, tracking_url }) => {
          const url = tracking_url.trim();
          create.mutate({
            params: { path: { tenant: tenant.id, parcel: parcel.id } },
            body: {
              carrier: carrier.trim(),
              tracking_number: tracking_number.trim(),
              ...(url !== "" && { tracking_url: url }),
            },
          });
        })}
      >
        <Stack>
          <FormError message={errors.general} />
          <Group grow align="flex-start">
            <TextInput label="Carrier" placeholder="DHL" {...form.getInputProps("carrier")} />
            <TextInput label="Tracking number" {...form.getInputProps("tracking_number")} />
          </Group>
          <TextInput
            label="Tracking URL"
            description="Optional."
            type="url"
            placeholder="https://"
            {...form.getInputProps("tracking_url")}
          />
          <Group>
            <Button type="submit" loading={create.isPending}>
              Add shipment
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

/** The events that can follow each state. A shipment in transit can pass many places. */
const nextStates: Record<Shipment["state"], [ShipmentEventState, ...ShipmentEventState[]] | null> =
  {
    created: null,
    handed_over: ["in_transit", "delivered", "returned_to_sender"],
    in_transit: ["delivered", "in_transit", "returned_to_sender"],
    delivered: null,
    returned_to_sender: null,
  };

/** Records a tracking event, for carriers that do not report events themselves. */
export function ShipmentEventForm({ shipment }: { shipment: Shipment }) {
  const choices = nextStates[shipment.state];
  // The key resets the form when the state changes, because the choices change with it.
  return choices && <EventForm key={shipment.state} shipment={shipment} choices={choices} />;
}

function EventForm({
  shipment,
  choices,
}: {
  shipment: Shipment;
  choices: [ShipmentEventState, ...ShipmentEventState[]];
}) {
  const tenant = useTenant();
  const form = useForm<{ state: ShipmentEventState; note: string }>({
    initialValues: { state: choices[0], note: "" },
  });
  const errors = useFormErrors(form);
  const create = $api.useMutation("post", "/providers/{tenant}/shipments/{shipment}/events", {
    onSuccess: async () => {
      form.reset();
      await refresh(...affectedPaths);
      notifySuccess("Event added. The shopper can see it on the tracking page.");
    },
    onError: errors.show,
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit((body) => {
        create.mutate({ params: { path: { tenant: tenant.id, shipment: shipment.id } }, body });
      })}
    >
      <Stack gap="sm">
        <FormError message={errors.general} />
        <Group align="flex-end">
          <NativeSelect
            label="What happened"
            data={stateOptions(choices)}
            {...form.getInputProps("state")}
          />
          <TextInput
            label="Note"
            placeholder="Left at the neighbour’s"
            style={{ flex: "1 1 12rem" }}
            {...form.getInputProps("note")}
          />
          <Button type="submit" variant="default" loading={create.isPending}>
            Add event
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
