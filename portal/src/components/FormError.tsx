import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { explain } from "../api/problem";

/** An error of a whole form: a text, or an error to explain. Nothing is shown for null. */
export function FormError({ message }: { message: unknown }) {
  if (message == null) return null;
  return (
    <Alert color="brick" icon={<IconAlertTriangle aria-hidden />} role="alert">
      {typeof message === "string" ? message : explain(message)}
    </Alert>
  );
}
