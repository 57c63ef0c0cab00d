import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { AccessPoint, Placement } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { CopyText } from "../components/CopyText";
import { FormError } from "../components/FormError";
import { EmptyState, Loaded } from "../components/ListStates";
import { notifySuccess, notifyError } from "../components/notify";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { useFormErrors } from "../components/useFormErrors";
import { useSale } from "./SalePage";

const listPath = "/providers/{tenant}/sales/{sale}/access-points";

const placements: Record<Placement, string> = {
  social: "Social post",
  newsletter: "Newsletter",
  landing: "Landing page",
  sidebar: "Sidebar advert",
  other: "Other",
};

export function AccessPointsTab() {
  const { sale } = useSale();
  const mayCreate = useHasRole("owner", "editor", "admin", "manager", "marketing");
  const points = $api.useQuery("get", listPath, {
    params: { path: { tenant: sale.tenant.id, sale: sale.id } },
  });
  return (
    <Stack gap="lg">
      {mayCreate && <AccessPointForm />}
      <Loaded query={points}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No access points yet">
              Create a link for each place where you promote this sale, and the statistics will show
              them separately.
            </EmptyState>
          ) : (
            <AccessPointTable points={items} mayRetire={mayCreate} />
          )
        }
      </Loaded>
    </Stack>
  );
}

function AccessPointForm() {
  const { sale } = useSale();
  const form = useForm<{ name: string; placement: Placement }>({
    initialValues: { name: "", placement: "social" },
    validate: {
      name: isNotEmpty("Enter a name you will recognise."),
    },
  });
  const errors = useFormErrors(form);
  const create = $api.useMutation("post", listPath, {
    onSuccess: async () => {
      form.reset();
      await refresh(listPath);
      notifySuccess("Access point created.");
    },
    onError: errors.show,
  });
  return (
    <Panel title="New access point">
      <form
        noValidate
        onSubmit={errors.onSubmit(({ name, placement }) => {
          create.mutate({
            params: { path: { tenant: sale.tenant.id, sale: sale.id } },
            body: { name: name.trim(), placement },
          });
        })}
      >
        <Stack>
          <FormError message={errors.general} />
          <Group align="flex-start">
            <TextInput
              label="Name"
              placeholder="November newsletter"
              style={{ flex: "1 1 14rem" }}
              {...form.getInputProps("name")}
            />
            <NativeSelect
              label="Placement"
              data={Object.entries(placements).map(([value, label]) => ({ value, label }))}
              {...form.getInputProps("placement")}
            />
            <Button type="submit" loading={create.isPending} mt={27}>
              Create access point
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function AccessPointTable({ points, mayRetire }: { points: AccessPoint[]; mayRetire: boolean }) {
  const { sale } = useSale();
  const retire = $api.useMutation(
    "post",
    "/providers/{tenant}/sales/{sale}/access-points/{access_point}/retire",
    {
      onSuccess: async () => {
        await refresh(listPath);
        notifySuccess("Access point retired.");
      },
      onError: notifyError,
    },
  );
  const ask = (point: AccessPoint) =>
    confirmAction({
      title: `Retire ${point.name}?`,
      message: "The link stops working. Visitors see the current sales. The statistics are kept.",
      action: "Retire",
      onConfirm: () =>
        retire.mutate({
          params: { path: { tenant: sale.tenant.id, sale: sale.id, access_point: point.id } },
        }),
    });
  return (
    <DataTable
      label="Access points"
      rows={points}
      rowKey={(point) => point.id}
      columns={[
        {
          header: "Name",
          cell: (point) => (
            <Text span fw={550}>
              {point.name}
            </Text>
          ),
        },
        { header: "Placement", cell: (point) => placements[point.placement] },
        {
          header: "Link",
          cell: (point) => (
            <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
              {point.url}
            </Text>
          ),
        },
        { header: "State", cell: (point) => <StateBadge state={point.state} /> },
        {
          header: "Actions",
          kind: "number",
          cell: (point) => (
            <Group gap="xs" justify="flex-end" wrap="nowrap">
              <CopyText value={point.url} label="Copy link" />
              {mayRetire && point.state === "active" && (
                <Button
                  size="xs"
                  variant="default"
                  onClick={() => ask(point)}
                  aria-label={`Retire ${point.name}`}
                >
                  Retire
                </Button>
              )}
            </Group>
          ),
        },
      ]}
    />
  );
}
