import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { explain } from "../api/problem";

/** What is wrong with a form as a whole: a sentence, or the error that says it. */
export function FormError({ message }: { message: unknown }) {
  if (message == null) return null;
  return (
    <Alert color="brick" icon={<IconAlertTriangle aria-hidden />} role="alert">
      {typeof message === "string" ? message : explain(message)}
    </Alert>
  );
}
