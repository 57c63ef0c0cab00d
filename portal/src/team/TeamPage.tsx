import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { MemberRole } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";
import { roleName } from "../format/text";
import { InvitationTable } from "./InvitationTable";
import { memberDuties, membersOf } from "./members";
import { MemberTable } from "./MemberTable";
import { providerTeam } from "./providerTeam";

const listPath = "/providers/{tenant}/members";

export function TeamPage() {
  const tenant = useTenant();
  const members = $api.useQuery("get", listPath, { params: { path: { tenant: tenant.id } } });
  const team = providerTeam(tenant.id);
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
                <MemberTable team={team} members={membersOf(data.items)} />
              </Panel>
              {data.invitations.length > 0 && (
                <Panel title="Open invitations">
                  <InvitationTable team={team} invitations={data.invitations} mayManage />
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
              data={memberDuties.map(([value, duty]) => ({
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
