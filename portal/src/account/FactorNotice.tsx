import { Alert, Anchor } from "@mantine/core";
import { Link } from "react-router";
import type { SecondFactor } from "../api/types";
import { Timestamp } from "../components/Timestamp";

export const securityPath = "/account/security";

/** Whether a role of the account no longer works, because it has no second factor. */
export function isFactorOverdue(factor: SecondFactor | undefined): boolean {
  return (
    factor?.required === true &&
    factor.due_at != null &&
    new Date(factor.due_at).getTime() <= Date.now()
  );
}

/** That a role needs a second factor which is missing, and since when or until when. */
export function FactorNotice({
  factor,
  withLink = false,
}: {
  factor: SecondFactor | undefined;
  withLink?: boolean;
}) {
  if (factor?.required !== true || factor.due_at == null) return null;
  return (
    <Alert color="brick" title="Your role needs a second factor" role="status" mb="md">
      {isFactorOverdue(factor) ? (
        "Set up an authenticator app. Until then, nothing of your role works."
      ) : (
        <>
          Set up an authenticator app by <Timestamp at={factor.due_at} />. After that, nothing of
          your role works without it.
        </>
      )}
      {withLink && (
        <>
          {" "}
          <Anchor component={Link} to={securityPath} underline="always">
            Set it up
          </Anchor>
        </>
      )}
    </Alert>
  );
}
