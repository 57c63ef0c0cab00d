import { Button, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import { confirmFirst } from "../elements/confirm";
import { Loaded } from "../elements/ListStates";
import { tellDone, tellFailed } from "../elements/notices";
import { PageHead } from "../elements/PageHead";
import { RowAction, Rows } from "../elements/Rows";
import { When } from "../elements/When";
import { deviceName } from "./deviceName";

export function SessionsPage() {
  const sessions = $api.useQuery("get", "/me/sessions");
  const revoke = $api.useMutation("delete", "/me/sessions/{session}", {
    onSuccess: async () => {
      await refresh("/me/sessions");
      tellDone("That session is signed out.");
    },
    onError: tellFailed,
  });
  return (
    <>
      <PageHead
        title="Sessions"
        lead="Where your account is signed in. Sign out what you do not recognise."
      />
      <Loaded query={sessions}>
        {({ items }) => (
          <Rows
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
              { header: "Signed in", cell: (session) => <When at={session.created_at} /> },
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
                          confirmFirst({
                            title: "Sign out this session?",
                            message: "Whoever uses it will have to sign in again.",
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
