import { Button, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import { confirmAction } from "../components/confirmAction";
import { Loaded } from "../components/ListStates";
import { notifySuccess, notifyError } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { RowAction, DataTable } from "../components/DataTable";
import { Timestamp } from "../components/Timestamp";
import { deviceName } from "./deviceName";

export function SessionsPage() {
  const sessions = $api.useQuery("get", "/me/sessions");
  const revoke = $api.useMutation("delete", "/me/sessions/{session}", {
    onSuccess: async () => {
      await refresh("/me/sessions");
      notifySuccess("Session signed out.");
    },
    onError: notifyError,
  });
  return (
    <>
      <PageHeader
        title="Sessions"
        lead="The browsers where you are signed in. Sign out any you don’t recognise."
      />
      <Loaded query={sessions}>
        {({ items }) => (
          <DataTable
            label="Sessions"
            rows={items}
            rowKey={(session) => session.id}
            columns={[
              {
                header: "Browser",
                cell: (session) => (
                  <Text span fw={550}>
                    {deviceName(session.user_agent)}
                  </Text>
                ),
              },
              { header: "Signed in", cell: (session) => <Timestamp at={session.created_at} /> },
              {
                header: "Action",
                kind: "number",
                cell: (session) =>
                  session.current ? (
                    <Text span size="sm" c="dimmed">
                      This session
                    </Text>
                  ) : (
                    <RowAction>
                      <Button
                        size="xs"
                        variant="default"
                        onClick={() =>
                          confirmAction({
                            title: "Sign out this session?",
                            message: "Anyone using it will have to sign in again.",
                            action: "Sign out session",
                            onConfirm: () =>
                              revoke.mutate({ params: { path: { session: session.id } } }),
                          })
                        }
                      >
                        Sign out
                      </Button>
                    </RowAction>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
