import { Button } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import { notifySuccess } from "../components/notify";
import { ReasonDialog } from "../components/ReasonDialog";

/** For an admin: removes the second factor of somebody who lost it. */
export function ResetFactor({ account, name }: { account: string; name: string }) {
  const [opened, setOpened] = useState(false);
  const reset = $api.useMutation("post", "/accounts/{account}/second-factor/reset", {
    onSuccess: () => {
      setOpened(false);
      notifySuccess(`The second factor of ${name} is removed.`);
    },
  });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => setOpened(true)}
        aria-label={`Reset the second factor of ${name}`}
      >
        Reset second factor
      </Button>
      <ReasonDialog
        opened={opened}
        onClose={() => {
          setOpened(false);
          reset.reset();
        }}
        title={`Reset the second factor of ${name}?`}
        message="They sign in without a code until they set up another app. Do this only once you know that it is they who ask, and write how. They are told by email."
        readers="It is kept in the audit log."
        action="Reset"
        destructive
        pending={reset.isPending}
        error={reset.error}
        onSubmit={(reason) => reset.mutate({ params: { path: { account } }, body: { reason } })}
      />
    </>
  );
}
