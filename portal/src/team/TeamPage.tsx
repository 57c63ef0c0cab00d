import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { Member, MemberRole, Members } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess, notifyError } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { useFormErrors } from "../components/useFormErrors";
import { Timestamp } from "../components/Timestamp";
import { roleName } from "../format/text";
import { InvitationTable } from "./InvitationTable";

const listPath = "/providers/{tenant}/members";

const roleDuties: [MemberRole, string][] = [
  ["owner", "everything, including the team"],
  ["editor", "assets, offers, sales"],
  ["fulfilment", "parcels and shipments"],
  ["analyst", "statistics"],
  ["cashier", "stock of live sales"],
];

export function TeamPage() {
  const tenant = useTenant();
  const members = $api.useQuery("get", listPath, { params: { path: { tenant: tenant.id } } });
  return (
    <>
      <PageHeader
        title="Team"
        lead="The people on your team and their roles. A person can have several roles."
      />
      <Stack gap="lg">
        <InviteForm />
        <Loaded query={members}>
          {(data) => (
            <>
              <Panel title="Members">
                <MemberTable members={data} />
              </Panel>
              {data.invitations.length > 0 && (
                <Panel title="Open invitations">
                  <InvitationTable tenant={tenant.id} invitations={data.invitations} mayManage />
                </Panel>
              )}
            </>
          )}
        </Loaded>
      </Stack>
    </>
  );
}

function InviteForm() {
  const tenant = useTenant();
  const form = useForm<{ email: string; role: MemberRole }>({
    initialValues: { email: "", role: "editor" },
    validate: { email: (value) => (value.includes("@") ? null : "Enter an email address.") },
  });
  const errors = useFormErrors(form);
  const invite = $api.useMutation("post", listPath, {
    onSuccess: async ({ email }) => {
      form.reset();
      await refresh(listPath);
      notifySuccess(`Invitation sent to ${email}.`);
    },
    onError: errors.show,
  });
  return (
    <Panel title="Invite someone">
      <form
        noValidate
        onSubmit={errors.onSubmit(({ email, role }) => {
          invite.mutate({
            params: { path: { tenant: tenant.id } },
            body: { email: email.trim(), role },
          });
        })}
      >
        <Stack>
          <FormError message={errors.general} />
          <Group align="flex-start">
            <TextInput
              label="Email"
              type="email"
              style={{ flex: "1 1 14rem" }}
              {...form.getInputProps("email")}
            />
            <NativeSelect
              label="Role"
              data={roleDuties.map(([value, duty]) => ({
                value,
                label: `${roleName(value)}: ${duty}`,
              }))}
              {...form.getInputProps("role")}
            />
            <Button type="submit" loading={invite.isPending} mt={27}>
              Send invitation
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function MemberTable({ members }: { members: Members }) {
  const tenant = useTenant();
  const remove = $api.useMutation("delete", "/providers/{tenant}/members/{account}/{role}", {
    onSuccess: async () => {
      await refresh(listPath);
      notifySuccess("Removed from the team.");
    },
    onError: notifyError,
  });
  const ask = (member: Member) =>
    confirmAction({
      title: `Remove ${member.name} as ${roleName(member.role).toLowerCase()}?`,
      message: "They lose this role immediately. You can invite them again.",
      action: "Remove",
      onConfirm: () =>
        remove.mutate({
          params: { path: { tenant: tenant.id, account: member.account_id, role: member.role } },
        }),
    });
  return (
    <DataTable
      label="Members"
      rows={members.items}
      rowKey={(member) => `${member.account_id}-${member.role}`}
      columns={[
        {
          header: "Name",
          cell: (member) => (
            <div>
              <Text fw={550}>{member.name}</Text>
              <Text size="sm" c="dimmed">
                {member.email}
              </Text>
            </div>
          ),
        },
        { header: "Role", cell: (member) => roleName(member.role) },
        { header: "Since", cell: (member) => <Timestamp at={member.created_at} />, kind: "dim" },
        { header: "State", cell: (member) => <StateBadge state={member.state} /> },
        {
          header: "Action",
          kind: "number",
          cell: (member) => (
            <Button
              size="xs"
              variant="default"
              onClick={() => ask(member)}
              aria-label={`Remove ${member.name} as ${roleName(member.role).toLowerCase()}`}
            >
              Remove
            </Button>
          ),
        },
      ]}
    />
  );
}
