import { Button, Group } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { Members } from "../api/types";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { notifyError, notifySuccess } from "../components/notify";
import { Timestamp } from "../components/Timestamp";
import { roleName } from "../format/text";

type Invitation = Members["invitations"][number];

const listPath = "/providers/{tenant}/members";

interface InvitationTableProps {
  tenant: string;
  invitations: Invitation[];
  /** Whether the reader may send invitations again and revoke them. */
  mayManage: boolean;
}

/** The invitations that can still be accepted. */
export function InvitationTable({ tenant, invitations, mayManage }: InvitationTableProps) {
  return (
    <DataTable
      label="Invitations"
      rows={invitations}
      rowKey={(invitation) => invitation.id}
      columns={[
        { header: "Email", cell: (invitation) => invitation.email },
        { header: "Role", cell: (invitation) => roleName(invitation.role) },
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
                cell: (invitation: Invitation) => (
                  <InvitationActions tenant={tenant} invitation={invitation} />
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function InvitationActions({ tenant, invitation }: { tenant: string; invitation: Invitation }) {
  const { id, email } = invitation;
  const params = { path: { tenant, invitation: id } };
  const resend = $api.useMutation("post", "/providers/{tenant}/invitations/{invitation}/resend", {
    onSuccess: async () => {
      await refresh(listPath);
      notifySuccess(`Invitation sent to ${email} again. The earlier link no longer works.`);
    },
    onError: notifyError,
  });
  const revoke = $api.useMutation("delete", "/providers/{tenant}/invitations/{invitation}", {
    onSuccess: async () => {
      await refresh(listPath);
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
