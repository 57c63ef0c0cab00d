import { Button, Group, TextInput, type TextInputProps } from "@mantine/core";
import { useState } from "react";
import type { Reading } from "../format/typedNumber";
import styles from "./components.module.css";

export interface NumberFieldProps extends Omit<TextInputProps, "value" | "onChange"> {
  /** The text as typed. */
  value?: string;
  onChange: (text: string) => void;
}

interface NumberTextFieldProps extends NumberFieldProps {
  read: (text: string) => Reading;
  /** The number as it will be saved, for the reader: "€1,390.00". */
  format: (value: number) => string;
  /** The number as a text that reads back as itself: "1390.00". */
  plain: (value: number) => string;
  /** Whether a number is shown even when it looks as it was typed. */
  alwaysEcho?: boolean;
}

/**
 * A field for a number as people type it. What was typed stays; the number it means is shown below
 * it, and a text that can mean two numbers is a question.
 */
export function NumberTextField({
  value = "",
  onChange,
  read,
  format,
  plain,
  alwaysEcho = false,
  error,
  onBlur,
  onFocus,
  ...rest
}: NumberTextFieldProps) {
  const [left, setLeft] = useState(false);
  const reading = read(value);
  const problem = left && reading.state === "unreadable";
  return (
    <div>
      <TextInput
        inputMode="decimal"
        autoComplete="off"
        {...rest}
        value={value}
        error={error ?? problem}
        onChange={(event) => onChange(event.currentTarget.value)}
        onFocus={(event) => {
          setLeft(false);
          onFocus?.(event);
        }}
        onBlur={(event) => {
          setLeft(true);
          onBlur?.(event);
        }}
      />
      {reading.state === "read" && (alwaysEcho || format(reading.value) !== value.trim()) && (
        <div className={styles.echo} aria-live="polite">
          {format(reading.value)}
        </div>
      )}
      {/* The line is there while typing, so that leaving the field moves nothing below it. */}
      {reading.state === "unreadable" && typeof error !== "string" && (
        <div className={styles.echo} aria-live="polite" data-problem={problem}>
          {problem ? reading.problem : "…"}
        </div>
      )}
      {reading.state === "ambiguous" && (
        <Group gap={6} mt={6} role="group" aria-label={`Choose what “${value.trim()}” means`}>
          {reading.choices.map((choice) => (
            <Button
              key={choice}
              size="compact-sm"
              variant="default"
              // Keeps the focus, and with it the layout, until the click.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChange(plain(choice))}
            >
              {format(choice)}?
            </Button>
          ))}
        </Group>
      )}
    </div>
  );
}
