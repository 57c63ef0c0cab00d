import { Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { notifyError, notifySuccess } from "../components/notify";
import { Timestamp } from "../components/Timestamp";
import { TableButton } from "./TableButton";
import type { Inviting, OpenInvitation } from "./team";

interface InvitationTableProps<I extends OpenInvitation> {
  team: Inviting<I>;
  invitations: I[];
  /** Whether the reader may send invitations again and revoke them. */
  mayManage: boolean;
}

/** The invitations that can still be accepted. */
export function InvitationTable<I extends OpenInvitation>({
  team,
  invitations,
  mayManage,
}: InvitationTableProps<I>) {
  return (
    <DataTable
      label="Invitations"
      rows={invitations}
      rowKey={(invitation) => invitation.id}
      columns={[
        { header: "Email", cell: (invitation) => invitation.email },
        team.invitedAs,
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
        ...(mayManage
          ? [
              {
                header: "Action",
                kind: "number" as const,
                cell: (invitation: I) => <InvitationActions team={team} invitation={invitation} />,
              },
            ]
          : []),
      ]}
    />
  );
}

interface InvitationActionsProps<I extends OpenInvitation> {
  team: Inviting<I>;
  invitation: I;
}

function InvitationActions<I extends OpenInvitation>({
  team,
  invitation,
}: InvitationActionsProps<I>) {
  const { email } = invitation;
  const resend = useMutation({
    mutationFn: () => team.resend(invitation),
    onSuccess: async () => {
      await team.reload();
      notifySuccess(`Invitation sent to ${email} again. The earlier link no longer works.`);
    },
    onError: notifyError,
  });
  const revoke = useMutation({
    mutationFn: () => team.revoke(invitation),
    onSuccess: async () => {
      await team.reload();
      notifySuccess(`The invitation of ${email} is revoked.`);
    },
    onError: notifyError,
  });
  const askToRevoke = () =>
    confirmAction({
      title: `Revoke the invitation of ${email}?`,
      message: "The link in the email no longer works. You can invite them again.",
      action: "Revoke",
      onConfirm: () => revoke.mutate(),
    });
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <TableButton
        label={`Send the invitation of ${email} again`}
        pending={resend.isPending}
        onClick={() => resend.mutate()}
      >
        Send again
      </TableButton>
      <TableButton
        label={`Revoke the invitation of ${email}`}
        pending={revoke.isPending}
        onClick={askToRevoke}
      >
        Revoke
      </TableButton>
    </Group>
  );
}
