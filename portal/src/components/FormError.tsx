import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { explain } from "../api/problem";

/**
 * An error of a whole form: a text, or an error to explain. It takes the focus, because the button
 * that caused it may be far away. Nothing is shown for null.
 */
export function FormError({ message }: { message: unknown }) {
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => alert.current?.focus(), [message]);
  if (message == null) return null;
  return (
    <Alert
      ref={alert}
      tabIndex={-1}
      color="brick"
      icon={<IconAlertTriangle aria-hidden />}
      role="alert"
    >
      {typeof message === "string" ? message : explain(message)}
    </Alert>
  );
}
