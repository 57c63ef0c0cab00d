import { Input } from "@mantine/core";
import type { ReactNode } from "react";

/**
 * The place of the errors of a part of a form that is no single control, such as a list of items.
 * `field` is what `form.getInputProps` gives for its path.
 */
export function FieldError({ field }: { field: { error?: ReactNode; "data-path"?: string } }) {
  return (
    <div tabIndex={-1} data-path={field["data-path"]} style={{ outline: "none" }}>
      {typeof field.error === "string" && <Input.Error size="sm">{field.error}</Input.Error>}
    </div>
  );
}
