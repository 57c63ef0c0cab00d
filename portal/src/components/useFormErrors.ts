import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { fieldMessage, mapProblem } from "../api/problem";

/**
 * Shows errors at their fields, and returns those without a visible field for the top of the form.
 * None is lost: an error of a part of a field (`countries.0`) is shown at the field.
 */
export function useFormErrors<V extends object>(
  form: UseFormReturnType<V>,
  rename?: Record<string, string>,
) {
  const [general, setGeneral] = useState<string | null>(null);
  const focus = (fields: string[]) => {
    const [first] = fields;
    // After the render, so that a screen reader announces the field together with its message.
    if (first !== undefined) setTimeout(() => focusable(form.getInputNode(first))?.focus());
  };
  const placeOf = (path: string) =>
    visibleField(path, (field) => form.getInputNode(field) !== null);
  return {
    /** `FormError` takes the focus when it appears. */
    general,
    /** The form's submit handler: clears earlier errors, or focuses the first invalid field. */
    onSubmit: (send: (values: V) => void) =>
      form.onSubmit(
        (values) => {
          setGeneral(null);
          send(values);
        },
        (errors) => {
          const lost = Object.entries(errors).filter(([path]) => placeOf(path) !== path);
          const texts = lost.map(([field, message]) =>
            fieldMessage({
              field,
              message: typeof message === "string" ? message : "Is not valid.",
            }),
          );
          setGeneral(texts.length > 0 ? texts.join(" ") : null);
          if (texts.length === 0) focus(Object.keys(errors));
        },
      ),
    show: (error: unknown) => {
      const mapped = mapProblem(error, placeOf, rename, (path) => valueAt(form.getValues(), path));
      form.setErrors(mapped.fields);
      setGeneral(mapped.general);
      if (mapped.general === null) focus(Object.keys(mapped.fields));
    },
  };
}

/** The field itself if it is shown, else the nearest shown field that it is a part of, else null. */
export function visibleField(path: string, isShown: (path: string) => boolean): string | null {
  let current = path;
  while (current !== "") {
    if (isShown(current)) return current;
    current = current.slice(0, Math.max(current.lastIndexOf("."), 0));
  }
  return null;
}

/** The element itself, or the first control in it. */
function focusable(element: HTMLElement | null): HTMLElement | null {
  if (element === null || element.tabIndex >= 0) return element;
  return element.querySelector<HTMLElement>("input, select, textarea, button") ?? element;
}

/** The value at a dotted path. */
function valueAt(values: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (current, part) =>
        typeof current === "object" && current !== null
          ? (current as Record<string, unknown>)[part]
          : undefined,
      values,
    );
}
