import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { AccessPoint, Placement } from "../api/types";
import { useMayAct } from "../app/SignedIn";
import { confirmFirst } from "../elements/confirm";
import { CopyText } from "../elements/CopyText";
import { FormProblem } from "../elements/FormProblem";
import { EmptyState, Loaded } from "../elements/ListStates";
import { tellDone, tellFailed } from "../elements/notices";
import { Panel } from "../elements/Panel";
import { Rows } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { useProblems } from "../elements/useProblems";
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
  const mayCreate = useMayAct("owner", "editor", "admin", "manager", "marketing");
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
              Make one link for each place you promote this sale in, and the statistics will tell
              them apart.
            </EmptyState>
          ) : (
            <AccessPointRows points={items} mayRetire={mayCreate} />
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
      name: (value) => (value.trim() === "" ? "Enter a name you will know it by." : null),
    },
  });
  const problems = useProblems(form);
  const create = $api.useMutation("post", listPath, {
    onSuccess: async () => {
      form.reset();
      await refresh(listPath);
      tellDone("Access point created.");
    },
    onError: problems.show,
  });
  return (
    <Panel title="New access point">
      <form
        noValidate
        onSubmit={problems.onSubmit(({ name, placement }) => {
          create.mutate({
            params: { path: { tenant: sale.tenant.id, sale: sale.id } },
            body: { name: name.trim(), placement },
          });
        })}
      >
        <Stack>
          <FormProblem message={problems.general} />
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

function AccessPointRows({ points, mayRetire }: { points: AccessPoint[]; mayRetire: boolean }) {
  const { sale } = useSale();
  const retire = $api.useMutation(
    "post",
    "/providers/{tenant}/sales/{sale}/access-points/{access_point}/retire",
    {
      onSuccess: async () => {
        await refresh(listPath);
        tellDone("Access point retired.");
      },
      onError: tellFailed,
    },
  );
  const ask = (point: AccessPoint) =>
    confirmFirst({
      title: `Retire ${point.name}?`,
      message:
        "The link stops working: whoever follows it is told so and sees what is on. What was counted stays.",
      action: "Retire",
      onConfirm: () =>
        retire.mutate({
          params: { path: { tenant: sale.tenant.id, sale: sale.id, access_point: point.id } },
        }),
    });
  return (
    <Rows
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
