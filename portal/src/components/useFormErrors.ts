import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { mapProblem } from "../api/problem";

/** Shows the API's field errors at their fields, and returns the others for the top of the form. */
export function useFormErrors<V extends object>(
  form: UseFormReturnType<V>,
  rename?: Record<string, string>,
) {
  const [general, setGeneral] = useState<string | null>(null);
  const focusFirst = (errors: object) => {
    const [first] = Object.keys(errors);
    // After the render, so that a screen reader announces the field together with its message.
    if (first !== undefined) setTimeout(() => form.getInputNode(first)?.focus());
  };
  return {
    general,
    /** The form's submit handler: clears earlier errors, or focuses the first invalid field. */
    onSubmit: (send: (values: V) => void) =>
      form.onSubmit((values) => {
        setGeneral(null);
        send(values);
      }, focusFirst),
    show: (error: unknown) => {
      const mapped = mapProblem(error, (field) => hasPath(form.getValues(), field), rename);
      form.setErrors(mapped.fields);
      setGeneral(mapped.general);
      focusFirst(mapped.fields);
    },
  };
}

/** Whether the form has a field at this dotted path. */
export function hasPath(values: unknown, path: string): boolean {
  let current = values;
  for (const part of path.split(".")) {
    if (typeof current !== "object" || current === null || !(part in current)) return false;
    current = (current as Record<string, unknown>)[part];
  }
  return true;
}
