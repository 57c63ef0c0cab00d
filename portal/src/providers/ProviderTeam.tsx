import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { ResetFactor } from "../access/ResetFactor";
import { $api, refresh } from "../api/client";
import type { Members, Provider } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { useFormErrors } from "../components/useFormErrors";
import { roleName } from "../format/text";
import { InvitationTable } from "../team/InvitationTable";
import { providerTeam } from "../team/providerTeam";

const listPath = "/providers/{tenant}/members";

/** The members of a provider's team and the open invitations. */
export function ProviderTeam({ provider, mayInvite }: { provider: Provider; mayInvite: boolean }) {
  const mayReset = useHasRole("admin");
  const members = $api.useQuery("get", listPath, { params: { path: { tenant: provider.id } } });
  if (!members.data) return null;
  const { items, invitations } = members.data;
  const hasNoOwner = !items.some(({ role }) => role === "owner");
  return (
    <Panel title="Team">
      <Stack gap="sm">
        {items.length > 0 && (
          <DataTable
            label="Members"
            rows={items}
            rowKey={(member) => `${member.account_id}-${member.role}`}
            columns={[
              { header: "Name", cell: (member) => member.name },
              { header: "Email", cell: (member) => member.email, kind: "dim" },
              { header: "Role", cell: (member) => roleName(member.role) },
              ...(mayReset
                ? [
                    {
                      header: "Action",
                      kind: "number" as const,
                      // Owners need a second factor. One entry for each role: one button a person.
                      cell: (member: Members["items"][number]) =>
                        member.role === "owner" && (
                          <ResetFactor account={member.account_id} name={member.name} />
                        ),
                    },
                  ]
                : []),
            ]}
          />
        )}
        {invitations.length > 0 && (
          <InvitationTable
            team={providerTeam(provider.id)}
            invitations={invitations}
            mayManage={mayInvite}
          />
        )}
        {hasNoOwner && mayInvite && provider.state !== "rejected" && (
          <OwnerInvitationForm tenant={provider.id} invitations={invitations} />
        )}
      </Stack>
    </Panel>
  );
}

/** Invites the owner again, if the email was lost, has expired or went to a wrong address. */
function OwnerInvitationForm({
  tenant,
  invitations,
}: {
  tenant: string;
  invitations: Members["invitations"];
}) {
  const form = useForm({
    initialValues: { email: invitations.find(({ role }) => role === "owner")?.email ?? "" },
    validate: {
      email: (value) => (value.includes("@") ? null : "Enter the owner’s email address."),
    },
  });
  const errors = useFormErrors(form);
  const invite = $api.useMutation("post", "/providers/{tenant}/owner-invitation", {
    onSuccess: async ({ email }) => {
      await refresh(listPath);
      notifySuccess(`Invitation sent to ${email}.`);
    },
    onError: errors.show,
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ email }) => {
        invite.mutate({ params: { path: { tenant } }, body: { email: email.trim() } });
      })}
    >
      <Stack gap="sm" maw={560}>
        <Text size="sm">
          {invitations.length > 0
            ? "The owner has not accepted the invitation yet."
            : "This provider has no owner and no open invitation."}{" "}
          If the email was lost or the address was wrong, send a new invitation. It replaces the
          earlier one.
        </Text>
        <FormError message={errors.general} />
        <Group align="flex-start">
          <TextInput
            label="Owner’s email"
            type="email"
            style={{ flex: "1 1 14rem" }}
            {...form.getInputProps("email")}
          />
          <Button type="submit" variant="default" loading={invite.isPending} mt={27}>
            Invite again
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
