import { Anchor, Button, Text } from "@mantine/core";
import { api, required } from "../api/client";
import type { Me } from "../api/types";
import { AuthLayout } from "./AuthLayout";
import { CodeForm } from "./CodeForm";

interface SignInCodeProps {
  pendingToken: string;
  onSignedIn: (me: Me) => void;
  /** Signs in from the start. */
  onStartOver: () => void;
}

/** The second step of signing in: a code of the authenticator app. */
export function SignInCode({ pendingToken, onSignedIn, onStartOver }: SignInCodeProps) {
  return (
    <AuthLayout title="Enter the code">
      <CodeForm
        field={{ description: "Or one of your recovery codes, if you don’t have your phone." }}
        send={async (code) => {
          const body = { pending_token: pendingToken, code };
          const answer = required(await api.POST("/session/factor", { body }));
          if ("account" in answer) onSignedIn(answer);
        }}
        buttons={(isPending) => (
          <>
            <Button type="submit" loading={isPending} fullWidth mt="xs">
              Sign in
            </Button>
            <Anchor component="button" type="button" onClick={onStartOver} underline="always">
              Sign in from the start
            </Anchor>
          </>
        )}
      >
        <Text c="dimmed">
          Open your authenticator app and type the six digits that it shows for SMP.
        </Text>
      </CodeForm>
    </AuthLayout>
  );
}
