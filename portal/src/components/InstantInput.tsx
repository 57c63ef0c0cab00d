import { Button, Group, TextInput, type TextInputProps } from "@mantine/core";
import { useState } from "react";
import {
  formatInstant,
  instantsOf,
  isSkipped,
  readerZone,
  toLocalInput,
  zoneName,
} from "../format/localTime";
import styles from "./components.module.css";

/** Characters of a local time without seconds: 2026-11-28T12:00. */
const localMinutes = 16;

interface InstantInputProps extends Omit<TextInputProps, "value" | "onChange"> {
  /** The instant in ISO 8601; empty while there is none. */
  value?: string;
  onChange: (iso: string) => void;
}

/**
 * A field for an instant, entered as a time in the reader's zone. An instant that nobody touches
 * stays as it is, to the microsecond. A time that the clocks repeat or skip is a question.
 */
export function InstantInput({ value = "", onChange, error, ...rest }: InstantInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  // What is typed is shown for as long as it means the current instant, or none.
  const local =
    typed !== null && (value === "" || instantsOf(typed).includes(value))
      ? typed
      : toLocalInput(value);
  const choices = instantsOf(local);
  const skipped = isSkipped(local);
  return (
    <div>
      <TextInput
        {...rest}
        type="datetime-local"
        {...(local.length > localMinutes && { step: 1 })}
        value={local}
        error={skipped ? "The clocks skip this time that night. Choose another." : error}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          onChange(instantsOf(text)[0] ?? "");
        }}
      />
      <div className={styles.echo} aria-live="polite">
        {value === "" ? zoneName() : `${formatInstant(value)} (${readerZone})`}
      </div>
      {choices.length > 1 && (
        <Group gap={6} mt={6} role="group" aria-label="This time comes twice that night">
          {choices.map((choice, index) => (
            <Button
              key={choice}
              size="compact-sm"
              variant={Date.parse(choice) === Date.parse(value) ? "filled" : "default"}
              aria-pressed={Date.parse(choice) === Date.parse(value)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChange(choice)}
            >
              {index === 0 ? "First" : "Second"}: {formatInstant(choice).split(", ").at(-1)}
            </Button>
          ))}
        </Group>
      )}
    </div>
  );
}
