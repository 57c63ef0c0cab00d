import { Button, Group } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { StaffInvitation } from "../api/types";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { notifyError, notifySuccess } from "../components/notify";
import { Timestamp } from "../components/Timestamp";
import { roleName } from "../format/text";

/** The invitations to SMP’s team that can still be accepted. */
export function StaffInvitationTable({ invitations }: { invitations: StaffInvitation[] }) {
  return (
    <DataTable
      label="Invitations"
      rows={invitations}
      rowKey={(invitation) => invitation.id}
      columns={[
        { header: "Email", cell: (invitation) => invitation.email },
        { header: "Roles", cell: (invitation) => invitation.roles.map(roleName).join(", ") },
        {
          header: "Sent",
          cell: (invitation) => <Timestamp at={invitation.created_at} />,
          kind: "dim",
        },
        {
          header: "Valid until",
          cell: (invitation) => <Timestamp at={invitation.expires_at} />,
          kind: "dim",
        },
        {
          header: "Action",
          kind: "number",
          cell: (invitation) => <StaffInvitationActions invitation={invitation} />,
        },
      ]}
    />
  );
}

function StaffInvitationActions({ invitation }: { invitation: StaffInvitation }) {
  const { id, email } = invitation;
  const params = { path: { invitation: id } };
  const resend = $api.useMutation("post", "/staff/invitations/{invitation}/resend", {
    onSuccess: async () => {
      await refresh("/staff");
      notifySuccess(`Invitation sent to ${email} again. The earlier link no longer works.`);
    },
    onError: notifyError,
  });
  const revoke = $api.useMutation("delete", "/staff/invitations/{invitation}", {
    onSuccess: async () => {
      await refresh("/staff");
      notifySuccess(`The invitation of ${email} is revoked.`);
    },
    onError: notifyError,
  });
  const askToRevoke = () =>
    confirmAction({
      title: `Revoke the invitation of ${email}?`,
      message: "The link in the email no longer works. You can invite them again.",
      action: "Revoke",
      onConfirm: () => revoke.mutate({ params }),
    });
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        loading={resend.isPending}
        onClick={() => resend.mutate({ params })}
        aria-label={`Send the invitation of ${email} again`}
      >
        Send again
      </Button>
      <Button
        size="xs"
        variant="default"
        loading={revoke.isPending}
        onClick={askToRevoke}
        aria-label={`Revoke the invitation of ${email}`}
      >
        Revoke
      </Button>
    </Group>
  );
}
