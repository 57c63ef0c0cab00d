import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { StaffRole } from "../api/types";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { useFormErrors } from "../components/useFormErrors";
import { RoleChoice } from "./RoleChoice";
import { staffTeam } from "./staffTeam";

/** Invites somebody to SMP’s team. Mount it when it opens. */
export function StaffInviteDialog({ onClose }: { onClose: () => void }) {
  const form = useForm<{ email: string; roles: StaffRole[] }>({
    initialValues: { email: "", roles: [] },
    validate: {
      email: (value) => (value.includes("@") ? null : "Enter an email address."),
      roles: (value) => (value.length > 0 ? null : "Choose at least one role."),
    },
  });
  const errors = useFormErrors(form);
  const invite = $api.useMutation("post", "/staff/invitations", {
    onSuccess: async ({ email }) => {
      await refresh("/staff");
      notifySuccess(`Invitation sent to ${email}.`);
      onClose();
    },
    onError: errors.show,
  });
  return (
    <Modal opened onClose={onClose} title="Invite someone to SMP’s team">
      <form
        noValidate
        onSubmit={errors.onSubmit(({ email, roles }) =>
          invite.mutate({ body: { email: email.trim(), roles } }),
        )}
      >
        <Stack>
          <FormError message={errors.general} />
          <TextInput
            label="Email"
            type="email"
            description="The link in the email is valid for a week."
            data-autofocus
            {...form.getInputProps("email")}
          />
          <RoleChoice
            duties={staffTeam.duties}
            {...form.getInputProps("roles")}
            value={form.values.roles}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Send invitation
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
